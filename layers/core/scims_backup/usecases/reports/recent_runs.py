"""What the catalog tells of runs that left no backup: their records, and the events of the last days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.errors import DocumentError, KeyMissingError
from scims_backup.domain.events import Event, Kind
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult
from scims_backup.ports import Catalog

DAYS = 8
"""Events of this many days are read."""
_RUNS: Mapping[str, tuple[RunKind, RunResult]] = {
    Kind.BACKUP_FAILED: (RunKind.BACKUP, RunResult.FAILED),
    Kind.RESTORE_COMPLETED: (RunKind.RESTORE, RunResult.COMPLETED),
    Kind.RESTORE_FAILED: (RunKind.RESTORE, RunResult.FAILED),
}


@dataclass(frozen=True)
class RecentRuns:
    """Runs that events tell of, by source. problems: events that cannot be read, and why."""

    by_source: Mapping[str, Sequence[RunRecord]]
    problems: tuple[str, ...] = ()

    def of(self, source: str) -> Sequence[RunRecord]:
        """Return those of one source."""
        return self.by_source.get(source, ())


def recent_runs(catalog: Catalog, now: datetime) -> RecentRuns:
    """Read which runs of any source failed, and which restores ended, in the last days."""
    found, problems = dict[str, list[RunRecord]](), list[str]()
    for key in _keys(catalog, now):
        try:
            event = Event.from_bytes(catalog.get(key), key)
        except (DocumentError, KeyMissingError) as error:
            problems.append(error.message)
        else:
            found.setdefault(event.source, []).append(_run(event))
    return RecentRuns(found, tuple(problems))


def records_of(catalog: Catalog, source: str, since: datetime, until: datetime) -> list[RunRecord]:
    """Read the records of a source's runs that began in a period, oldest first; damaged ones are left out."""
    found = list[RunRecord]()
    for key in (key for month in _months(since, until) for key in catalog.keys(month(source))):
        try:
            found.append(RunRecord.from_bytes(catalog.get(key), key))
        except (DocumentError, KeyMissingError):
            continue
    return sorted((one for one in found if since <= one.began <= until), key=lambda one: one.began)
