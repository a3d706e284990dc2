"""Watching what a source stores: more than it may, or soon more, at the pace of the last nights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from scims_backup.domain import keys
from scims_backup.domain.alert.texts import size
from scims_backup.domain.anomalies.quota import NEAR, PACE_OF, quota_day
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.run_record import RunKind
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.stored.history import read_records, record_keys


def foreseen_quota_day(catalog: Catalog, source: str, quota: int, now: datetime) -> datetime | None:
    """Return when what is stored will reach a quota of bytes; None if never, or if that is not known.

    The last prune of each day says what was stored. Raise CatalogError if the catalog cannot be read.
    """
    last: dict[date, str] = {}
    for key in record_keys(catalog, source, now - PACE_OF, now):
        if keys.kind_of_record(key) == RunKind.PRUNE:
            last[keys.began_of_record(key).date()] = key
    return quota_day(read_records(catalog, last.values()).records, quota, now)


@dataclass(frozen=True)
class WatchQuota:
    """The quota of one source, in bytes."""

    source: str
    catalog: Catalog
    events: EventLog
    quota: int

    def run(self, stored: int, now: datetime) -> str | None:
        """Record, once a day, that the quota will be reached soon; return it in words. Raise CatalogError.

        stored: bytes now, as the record of a prune says too.
        """
        if stored > self.quota:
            return None
        day = foreseen_quota_day(self.catalog, self.source, self.quota, now)
        if day is None or day > now + NEAR:
            return None
        facts = {"source_bytes": stored, "quota_bytes": self.quota, "day": day.date().isoformat()}
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        self.events.record_once(Kind.STORAGE_QUOTA_NEAR, Severity.WARNING, facts, today)
        return (
            f"the archives of {self.source} take {size(stored)}, and will reach the quota of "
            f"{size(self.quota)} on {day:%Y-%m-%d}: keep fewer, free the space of removed ones (reclaim), or "
            "raise the quota"
        )
