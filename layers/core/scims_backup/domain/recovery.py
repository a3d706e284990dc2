"""How a place in a bucket comes back to how it was: what each key needs for it, from its versions alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One version of an object, or one marker that says that it was removed.

    at: when it was made, by the store's clock, which S3 reports in whole seconds
    bytes, etag: 0 and empty for a marker
    """

    key: str
    id: str
    at: datetime
    is_marker: bool
    is_current: bool
    bytes: int = 0
    etag: str = ""


class Rule(StrEnum):
    """What becomes of a key when its place is brought back."""

    AS_IT_WAS = "as it was"
    NOTHING_HIDDEN = "what was created since stays"
    EMPTIED = "nothing stays"


class Act(StrEnum):
    """What is done about one key. No version is deleted; but that a key was gone, only its markers knew."""

    BRING_BACK = "bring_back"
    """It was removed since: its markers go, or, if others wrote it meanwhile, its version is put on top."""
    PUT_BACK = "put_back"
    """It was overwritten since: the version from then is put on top."""
    PUT_ASIDE = "put_aside"
    """It was made since: a marker is put on top."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do.

    then: the version that the key had, None if it had none
    markers: those to remove
    """

    act: Act
    key: str
    now: ObjectVersion
    then: ObjectVersion | None = None
    markers: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """How many bytes the store has to copy for it."""
        return self.then.bytes if self.then is not None and not self.markers else 0


@dataclass(frozen=True)
class History:
    """All versions of one key, as the store lists them: the newest of each kind first."""

    key: str
    versions: Sequence[ObjectVersion]

    def at(self, before: datetime, rule: Rule) -> ObjectVersion | None:
        """Return the version that should be current, None for none.

        What was made within the second of that moment counts as there; between a version and a marker of one
        second the store does not tell which came first, and the version counts.
        """
        if rule is Rule.EMPTIED:
            return None
        found = next((version for version in self._newest_first() if _second(version.at) <= before), None)
        return None if found is None or found.is_marker else found

    def step(self, before: datetime, rule: Rule) -> Step | None:
        """Return what brings the key back to how it was, None if it is so now."""
        newest = self._newest_first()
        now, then = newest[0], self.at(before, rule)
        if then is None:
            stays = now.is_marker or rule is Rule.NOTHING_HIDDEN
            return None if stays else Step(Act.PUT_ASIDE, self.key, now)
        if now.is_marker:
            since = newest[: newest.index(then)]
            only_removed = all(version.is_marker for version in since)
            markers = tuple(version.id for version in since) if only_removed else ()
            return Step(Act.BRING_BACK, self.key, now, then, markers)
        if now == then or (now.etag and (now.etag, now.bytes) == (then.etag, then.bytes)):
            return None
        return Step(Act.PUT_BACK, self.key, now, then)

    def _newest_first(self) -> list[ObjectVersion]:
        listed = sorted(
            enumerate(self.versions),
            key=lambda one: (one[1].is_current, _second(one[1].at), not one[1].is_marker, -one[0]),
            reverse=True,
        )
        return [version for _, version in listed]


def histories(versions: Iterable[ObjectVersion]) -> list[History]:
    """Return the history of every key, in the order of the keys."""
    found: dict[str, list[ObjectVersion]] = {}
    for version in versions:
        found.setdefault(version.key, []).append(version)
    return [History(key, found[key]) for key in sorted(found)]


@dataclass(frozen=True, slots=True)
class State:
    """What a key comes back to, None for nothing."""

    key: str
    version: ObjectVersion | None


def digest_of(places: Mapping[str, Iterable[State]]) -> str:
    """Return the digest of what places come back to.

    It is the same however much of that is done already, and another as soon as somebody makes a new key.
    """
    digest = hashlib.sha256()
    for place, states in places.items():
        for state in states:
            found = state.version.id if state.version else ""
            digest.update(f"{place}\0{state.key}\0{found}\n".encode())
    return digest.hexdigest()[:16]


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
