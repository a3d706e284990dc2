"""The keys of what keeps a backup, and of what says that one is being removed."""

from __future__ import annotations

import re

from scims_backup.domain.backup import BackupId
from scims_backup.domain.holds import UNREADABLE, Hold
from scims_backup.domain.keys.stamps import has_stamp

_HOLD = re.compile(r"holds/[^/]+/([^/.]+)/[^/]+\.json")
_TOMBSTONE = re.compile(r"tombstones/[^/]+/([^/.]+)\.json")


def holds(source: str) -> str:
    """The prefix of every hold on a backup of a source."""
    return f"holds/{source}/"


def holds_of(backup: BackupId) -> str:
    """The prefix of every hold on one backup."""
    return f"{holds(backup.source)}{backup.stamp}/"


def hold(backup: BackupId, hold: Hold) -> str:
    """The key of a hold, whose name alone shows who holds until when, so that listing is enough."""
    return f"{holds_of(backup)}{hold.name}.json"


def is_hold(key: str) -> bool:
    """Say whether a key is that of a hold."""
    return has_stamp(_HOLD.fullmatch(key))


def hold_of_key(key: str) -> tuple[BackupId, Hold]:
    """The backup that a hold's key names, and the hold; one whose name is not understood holds for ever."""
    _, source, stamp, file = key.split("/")
    name = file.removesuffix(".json")
    return BackupId(source, stamp), Hold.named(name) or UNREADABLE


def tombstones(source: str) -> str:
    """The prefix of every tombstone of a source."""
    return f"tombstones/{source}/"


def tombstone(backup: BackupId) -> str:
    """The key that says that the backup is being removed."""
    return f"{tombstones(backup.source)}{backup.stamp}.json"


def is_tombstone(key: str) -> bool:
    """Say whether a key is that of a tombstone."""
    return has_stamp(_TOMBSTONE.fullmatch(key))
