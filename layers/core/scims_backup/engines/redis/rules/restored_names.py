"""How restored databases are called, and those that a swap put aside: after the live ones, dated in UTC."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from scims_backup.domain.backup import BackupId, stamp_of

_LONGEST = 200
_NUMBERS = re.compile(r"\d{1,9}(,\d{1,9})*", re.ASCII)


def live_name(url: str) -> str:
    """Return what the databases of a server are called: `host:port`, or the socket's path.

    url: without a password.
    """
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else parts.netloc.rpartition("@")[2]


def being_restored(live: str, token: str) -> str:
    """Return the name while a restore is running. token: eight hexadecimal digits unique to this restore."""
    return f"{live}_restoring_{token}"


def restored(live: str, backup: BackupId) -> str:
    """Return the name of a restored backup, e.g. `cache:6379_restored_20261122t020000z`."""
    return f"{live}_restored_{backup.stamp.lower()}"


def put_aside(live: str, moment: datetime) -> str:
    """Return the name of what was replaced, e.g. `cache:6379_before_20261124t031500z`."""
    return f"{live}_before_{stamp_of(moment).lower()}"


def taken_back(live: str, moment: datetime) -> str:
    """Return the name of what was restored and whose swap was undone."""
    return f"{live}_undone_{stamp_of(moment).lower()}"


def is_being_restored(name: str) -> bool:
    """Say whether a name is that of a running or failed restore."""
    return re.search(r"_restoring_[0-9a-f]{8}$", name) is not None


def is_put_aside(name: str) -> bool:
    """Say whether a name is that of something which a swap put aside."""
    return _moment(name) is not None


def newest_put_aside(names: Iterable[str]) -> str | None:
    """Return the name of what was put aside last; None if nothing was. The live ones may be called anyhow."""
    return max(filter(is_put_aside, names), key=lambda name: (_moment(name) or "", name), default=None)


def fits(name: str) -> bool:
    """Say whether a name can be shown and typed."""
    return 0 < len(name) <= _LONGEST and name.isprintable() and name == name.strip()


def numbers_in(name: str) -> Sequence[int] | None:
    """Return the numbers that a name consists of, e.g. `8,9`; None for all other names."""
    return [int(number) for number in name.split(",")] if _NUMBERS.fullmatch(name) else None


def _moment(name: str) -> str | None:
    found = re.search(r"_before_(\d{8}t\d{6}z)$", name, re.ASCII)
    return found[1] if found else None
