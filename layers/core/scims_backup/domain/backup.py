"""A backup's identity: the source's name and the stamp of its start."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scims_backup.domain.errors import UsageError

LONGEST_RUN = timedelta(hours=24)
"""A run that takes longer is taken for dead, unless the settings know better."""

STAMP_FORMAT = "%Y%m%dT%H%M%SZ"
_STAMP = r"[0-9]{8}T[0-9]{6}Z"
_IS_STAMP = re.compile(_STAMP)
_SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_BACKUP_ID = re.compile(rf"(?P<source>{_SOURCE.pattern})-(?P<stamp>{_STAMP})")


def stamp_of(moment: datetime) -> str:
    """Write a moment as a stamp, e.g. `20261122T020000Z` (UTC, whole seconds)."""
    return moment.astimezone(UTC).strftime(STAMP_FORMAT)


def moment_of(stamp: str) -> datetime:
    """Read a stamp back. Raise ValueError if it is not one."""
    if not _IS_STAMP.fullmatch(stamp):
        raise ValueError(f"{stamp!r} is not a stamp")
    return datetime.fromisoformat(stamp)  # several times faster than strptime


def is_source_name(name: str) -> bool:
    """Say whether a name can be that of a source, and part of a key."""
    return _SOURCE.fullmatch(name) is not None


def checked_source_name(name: str) -> str:
    """Return the name of a source. Raise UsageError if it cannot be part of a key."""
    if not is_source_name(name):
        raise UsageError(
            f"source name {name!r} is invalid",
            "use 1 to 63 lower-case letters, digits, '.', '_' and '-', starting with a letter or digit",
        )
    return name


@dataclass(frozen=True, order=True)
class BackupId:
    """`<source>-<stamp>`: one backup of one source."""

    source: str
    stamp: str

    def __str__(self) -> str:
        return f"{self.source}-{self.stamp}"

    @property
    def moment(self) -> datetime:
        """The moment that the stamp says."""
        return moment_of(self.stamp)

    @classmethod
    def parse(cls, text: str) -> BackupId:
        """Read an id as the user types it. Raise UsageError if it is none."""
        match = _BACKUP_ID.fullmatch(text)
        if match is None or not is_stamp(match["stamp"]):
            raise UsageError(f"{text!r} is not a backup id", "an id looks like scims-db-20261122T020000Z")
        return cls(match["source"], match["stamp"])


def is_stamp(text: str) -> bool:
    """Say whether a text is a stamp, of a moment that the calendar has."""
    try:
        return stamp_of(moment_of(text)) == text
    except ValueError:
        return False


def backup_named(text: object) -> BackupId | None:
    """Return the backup whose id this is; None if it is no id."""
    try:
        return BackupId.parse(text) if isinstance(text, str) else None
    except UsageError:
        return None
