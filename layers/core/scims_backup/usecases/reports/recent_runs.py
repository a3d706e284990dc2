"""What the events of the last days tell of runs that left no backup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


def _keys(catalog: Catalog, now: datetime) -> Iterator[str]:
    for day in (now - timedelta(days=number) for number in range(DAYS)):
        for key in filter(keys.is_event, catalog.keys(keys.events_of(day))):
            if keys.kind_of_event(key) in _RUNS:
                yield key


def _run(event: Event) -> RunRecord:
    """The run as its event tells of it, which says when it ended and not when it began."""
    kind, result = _RUNS[event.kind]
    seconds = event.facts.get("seconds")
    return RunRecord(
        kind,
        event.source,
        event.backup,
        event.time,
        event.time,
        result,
        str(event.facts.get("message", "")),
        {"restore": float(seconds)} if isinstance(seconds, (int, float)) else {},
    )
