"""Watching what a source stores: more than it may, or soon more, at the pace of the last nights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from scims_backup.domain import keys
from scims_backup.domain.alert.texts import size
from scims_backup.domain.anomalies.quota import NEAR, PACE_OF, quota_day
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.run_record import RunKind, RunRecord
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.stored.history import read_records, record_keys


def measured_nights(catalog: Catalog, source: str, now: datetime) -> Sequence[RunRecord]:
    """Return the last prune of each day in the time that the pace is taken from. Raise CatalogError."""
    last: dict[date, str] = {}
    for key in record_keys(catalog, source, now - PACE_OF, now):
        if keys.kind_of_record(key) == RunKind.PRUNE:
            last[keys.began_of_record(key).date()] = key
    return read_records(catalog, last.values()).records


@dataclass(frozen=True)
class WatchQuota:
    """The quota of one source, in bytes."""

    source: str
    catalog: Catalog
    events: EventLog
    quota: int

    def run(self, tonight: RunRecord) -> str | None:
        """Record, once a day, that the quota will be reached soon; return it in words. Raise CatalogError.

        tonight: the record of the prune that has just measured what is stored.
        """
        now, stored = tonight.ended, tonight.stored_in_all
        if stored is None or stored > self.quota:
            return None
        day = quota_day([*measured_nights(self.catalog, self.source, now), tonight], self.quota, now)
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
