"""Reading a source's retention policy and Object Lock from a settings document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from scims_backup.domain.errors import UsageError
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.domain.periods import PERIODS, Age
from scims_backup.domain.retention import Policy
from scims_backup.ports.settings_keys import Key, Written
from scims_backup.settings.toml_tables import TableOf, refuse_unknown
from scims_backup.settings.values import read_count

_MOST_DAYS = 36_500
"""What S3 allows."""
_MODES: Mapping[str, Literal["GOVERNANCE", "COMPLIANCE"]] = {
    "governance": "GOVERNANCE",
    "compliance": "COMPLIANCE",
}


def _within(written: Written) -> Age:
    try:
        return Age.parse(written.value if isinstance(written.value, str) else "")
    except UsageError:
        raise written.unusable("write an age such as '36h', '14d' or '1y6m'") from None


def _zone(written: Written) -> ZoneInfo:
    try:
        return ZoneInfo(written.value if isinstance(written.value, str) else "")
    except (KeyError, ValueError, OSError):  # unknown, or no name at all, as the library happens to meet it
        raise written.unusable("write a name of the tz database, such as 'Europe/Berlin'") from None


_LAST = Key(read_count, "number of newest backups to keep", name="last", field="last", default=0)
_WITHIN = Key(
    _within, "age up to which every backup is kept: `36h`, `14d`, `1y6m`", name="within", field="within"
)
_ZONE = Key(_zone, "time zone in which days and weeks begin", name="time_zone", field="zone", default="UTC")
_PERIODS = tuple(
    Key(read_count, f"number of {name} backups to keep", name=name, field=name, default=0) for name in PERIODS
)

read_retention = TableOf((_LAST, *_PERIODS, _WITHIN, _ZONE), Policy)
"""Reads a retention policy."""


@dataclass(frozen=True)
class _LockTable:
    """Reads an Object Lock: two keys that only make sense together."""

    keys: tuple[Key, ...]

    def __call__(self, table: Written) -> ObjectLock | None:
        """Return the lock, None if the table is empty. Raise UsageError if a key is missing or wrong."""
        entries = table.table()
        if not entries:
            return None
        refuse_unknown(table, [key.name for key in self.keys])
        mode, days = _MODES.get(str(entries.get("mode"))), entries.get("days")
        if mode is None or type(days) is not int or not 1 <= days <= _MOST_DAYS:
            raise UsageError(
                f"{table.at('mode')} or days is invalid",
                "write a mode, 'governance' or 'compliance', and days, a whole number from 1 to 36500",
            )
        return ObjectLock(mode, days)


read_object_lock = _LockTable(
    (
        Key(Written.text, "`governance` or `compliance`", name="mode"),
        Key(read_count, f"maximum days that a lock lasts, 1 to {_MOST_DAYS}", name="days"),
    )
)
"""Reads an Object Lock."""
