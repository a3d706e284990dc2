"""The history of a source: one small record for each run, which outlives the backup it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import (
    CatalogError,
    DocumentError,
    KeyMissingError,
    KeyTakenError,
    UnderstoodError,
)
from scims_backup.domain.records_of_runs import record_of_failure
from scims_backup.domain.run_record import KEPT, RunKind, RunRecord
from scims_backup.ports import Catalog, Progress
from scims_backup.usecases.alerts.event_log import EventLog

_AT_ONCE = 8
"""Records that are read at once: each is a question over the network."""
_LONGEST_MONTH = timedelta(days=31)


@dataclass(frozen=True)
class History:
    """What is known of the runs of a source.

    records: the run that began first comes first.
    problems: why others cannot be read.
    """

    records: tuple[RunRecord, ...] = ()
    problems: tuple[str, ...] = ()


def record_run(catalog: Catalog, record: RunRecord, name: str, progress: Progress) -> None:
    """Keep the record of a run, once; one that cannot be kept is noted, for the run has ended as it has.

    name: the same whenever this run is recorded, unique among those of its kind that began at its moment.
    """
    key = keys.run_record(record.source, record.began, record.kind, name)
    try:
        with suppress(KeyTakenError):  # it was recorded before, perhaps by another version of this program
            catalog.put_new(key, record.to_bytes())
    except CatalogError as error:
        progress.note(f"the {record.kind} is missing in the history of {record.source}: {error}")


def record_failed_run(
    events: EventLog,
    kind: RunKind,
    error: UnderstoodError,
    began: datetime | None = None,
    backup: BackupId | None = None,
) -> None:
    """Keep the record of a run that failed. began: None if it failed before it began."""
    now = events.clock()
    record = record_of_failure(kind, events.source, backup, began or now, now, error)
    record_run(events.catalog, record, f"failed-{events.new_id()}", events.progress)


def read_history(catalog: Catalog, source: str, since: datetime, until: datetime) -> History:
    """Read the records of the runs that began between two moments, both included.

    Raise CatalogError if the catalog cannot be read.
    """
    return read_records(catalog, record_keys(catalog, source, since, until))


def record_keys(catalog: Catalog, source: str, since: datetime, until: datetime) -> Iterator[str]:
    """Yield the keys of the records of the runs that began between two moments, ordered by their beginning.

    Whole seconds count. Raise CatalogError if the catalog cannot be read.
    """
    first, last = since.replace(microsecond=0), until
    for month in _months(since, until):
        for key in filter(keys.is_run_record, catalog.keys(keys.history_of_month(source, month))):
            if first <= keys.began_of_record(key) <= last:
                yield key


def forget_old_runs(catalog: Catalog, source: str, now: datetime) -> int:
    """Remove the records that are older than records are kept, and return how many. Raise CatalogError."""
    found = filter(keys.is_run_record, catalog.keys(keys.history(source)))
    old = [key for key in found if keys.began_of_record(key) < now - KEPT]
    for key in old:
        catalog.delete(key)
    return len(old)


def read_records(catalog: Catalog, names: Iterable[str]) -> History:
    """Read records by their keys; what is damaged is skipped and named. Raise CatalogError."""
    read = partial(_read, catalog)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(read, names))
    records = sorted((one for one in found if isinstance(one, RunRecord)), key=lambda one: one.began)
    return History(tuple(records), tuple(one for one in found if isinstance(one, str)))


def _read(catalog: Catalog, key: str) -> RunRecord | str | None:
    """A record; why it cannot be read; None if it has been removed since it was listed."""
    try:
        return RunRecord.from_bytes(catalog.get(key), key)
    except DocumentError as error:
        return error.message
    except KeyMissingError:
        return None


def _months(since: datetime, until: datetime) -> Iterator[datetime]:
    """The first day of each month from that of one moment to that of another, in UTC."""
    month = _first_day(since)
    while month <= until:
        yield month
        month = _first_day(month + _LONGEST_MONTH)


def _first_day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
