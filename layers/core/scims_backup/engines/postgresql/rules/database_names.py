"""How databases are called that a restore makes, or puts aside: after the live one, and dated in UTC."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime

from scims_backup.domain.backup import BackupId, stamp_of

_MOST_BYTES = 63
"""NAMEDATALEN - 1: PostgreSQL cuts longer names without a word."""
_HASH_LETTERS = 8


def being_restored(live: str, token: str) -> str:
    """The name while a restore is running. token: eight hexadecimal digits unique to this restore."""
    return _after(live, f"_restoring_{token}")


def restored(live: str, backup: BackupId) -> str:
    """The name of a restored backup, e.g. `scims_restored_20261122t020000z`."""
    return _after(live, f"_restored_{backup.stamp.lower()}")


def put_aside(live: str, moment: datetime) -> str:
    """The name of a database that was replaced, e.g. `scims_before_20261124t031500z`."""
    return _after(live, f"_before_{stamp_of(moment).lower()}")


def taken_back(live: str, moment: datetime) -> str:
    """The name of a restored database whose swap was undone."""
    return _after(live, f"_undone_{stamp_of(moment).lower()}")


def left_by_restores(names: Iterable[str], live: str) -> list[str]:
    """Which of the names belong to running or failed restores."""
    return sorted(name for name in names if _is(name, live, r"_restoring_[0-9a-f]{8}"))


def newest_put_aside(names: Iterable[str], live: str) -> str | None:
    """Which of the names is of the database that was put aside last; None if none was."""
    return max((name for name in names if _is(name, live, r"_before_\d{8}t\d{6}z")), default=None)


def fits(name: str) -> bool:
    """Whether PostgreSQL takes this name as it is."""
    return 0 < len(name.encode()) <= _MOST_BYTES


def has_meaning(name: str, live: str) -> bool:
    """Whether a database of this name would be mistaken for one being restored, or for one set aside."""
    return bool(left_by_restores([name], live)) or newest_put_aside([name], live) is not None


def _after(live: str, suffix: str) -> str:
    """The live name and the suffix; a name that has no room is cut in bytes, never within a character.

    What was cut says by a digest which name it was: else two long names could be taken for each other.
    """
    room = _MOST_BYTES - len(suffix)
    if len(live.encode()) <= room:
        return live + suffix
    digest = "_" + hashlib.sha256(live.encode()).hexdigest()[:_HASH_LETTERS]
    return live.encode()[: room - len(digest)].decode(errors="ignore") + digest + suffix


def _is(name: str, live: str, suffix: str) -> bool:
    found = re.search(f"({suffix})$", name, re.ASCII)
    return found is not None and name == _after(live, found[1])
