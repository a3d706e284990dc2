"""Buckets' versions for tests: histories written in a word, and a place in memory that keeps versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from scims_backup.domain.errors import RecoveryError
from scims_backup.domain.recovery import History, ObjectVersion

MOMENT = datetime(2026, 11, 22, 2, tzinfo=UTC)


def history(words: str, key: str = "key") -> History:
    """Read the versions of a key, oldest first.

    `put-5=a removed+3` is 'a', put 5 seconds before MOMENT and removed 3 seconds after it. A version's id is
    its number, from 1; its content is its ETag.
    """
    found = [_version(key, number, word) for number, word in enumerate(words.split(), start=1)]
    return History(key, as_listed([*found[:-1], replace(found[-1], is_current=True)]))


def as_listed(oldest_first: Sequence[ObjectVersion]) -> list[ObjectVersion]:
    """Return versions as boto3 gives them: versions, then markers, the newest of each kind first."""
    newest_first = list(reversed(oldest_first))
    markers = [version for version in newest_first if version.is_marker]
    return [version for version in newest_first if not version.is_marker] + markers


def _version(key: str, number: int, word: str) -> ObjectVersion:
    act, _, content = word.partition("=")
    is_marker = act.startswith("removed")
    seconds = float(act.removeprefix("removed" if is_marker else "put"))
    at = MOMENT + timedelta(seconds=seconds)
    return ObjectVersion(key, str(number), at, is_marker, is_current=False, bytes=len(content), etag=content)


@dataclass
class MemoryPlace:
    """A place that keeps versions. contents: of each version, oldest first, None for a marker.

    refuses: a key about which nothing can be done; done: the keys that anything was done about.
    """

    contents: dict[str, list[tuple[datetime, bytes | None]]] = field(default_factory=dict)
    keeps_versions: bool = True
    refuses: str = ""
    now: datetime = MOMENT + timedelta(hours=1)
    done: list[str] = field(default_factory=list)

    def put(self, key: str, data: bytes | None, at: datetime) -> None:
        """Store an object, or remove it."""
        self.contents.setdefault(key, []).append((at, data))

    def current(self) -> dict[str, bytes]:
        """What is there."""
        newest = {key: found[-1][1] for key, found in self.contents.items() if found}
        return {key: data for key, data in newest.items() if data is not None}

    def require_versions(self) -> None:
        if not self.keeps_versions:
            raise RecoveryError("no versions")

    def versions(self) -> Iterator[ObjectVersion]:
        for key, found in self.contents.items():
            yield from as_listed(
                [
                    ObjectVersion(
                        *(key, str(number), at, data is None, number == len(found) - 1),
                        *(len(data or b""), f"etag {number}"),
                    )
                    for number, (at, data) in enumerate(found)
                ]
            )

    def same_bytes(self, one: ObjectVersion, other: ObjectVersion) -> bool:
        return self._of(one) == self._of(other)

    def remove_markers(self, key: str, markers: tuple[str, ...]) -> None:
        self._note(key)
        gone = {int(marker) for marker in markers}
        assert all(self.contents[key][number][1] is None for number in gone), "only markers are removed"
        self.contents[key] = [one for number, one in enumerate(self.contents[key]) if number not in gone]

    def put_on_top(self, version: ObjectVersion) -> None:
        self._note(version.key)
        self.put(version.key, self._of(version), self.now)

    def put_aside(self, key: str) -> None:
        self._note(key)
        self.put(key, None, self.now)

    def __str__(self) -> str:
        return "memory"

    def _of(self, version: ObjectVersion) -> bytes | None:
        return self.contents[version.key][int(version.id)][1]

    def _note(self, key: str) -> None:
        if key == self.refuses:
            raise RecoveryError(f"cannot touch {key}")
        self.done.append(key)
