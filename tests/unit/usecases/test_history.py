"""The history of a source: written once, read by month, and never in the way of a run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.errors import CatalogUnreachableError
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult
from scims_backup.usecases.stored.history import read_history, record_keys, record_run
from tests.fakes import RecordedProgress
from tests.faults import Calls, FaultyCatalog

SOURCE = "scims-db"
BEGAN = datetime(2026, 11, 22, 2, tzinfo=UTC)
RECORD = RunRecord(RunKind.BACKUP, SOURCE, f"{SOURCE}-20261122T020000Z", BEGAN, BEGAN, RunResult.COMPLETED)


def a_record(began, **changes):
    return replace(RECORD, began=began, ended=began + timedelta(minutes=5), **changes)


def a_catalog(*records):
    catalog = FaultyCatalog(Calls())
    for record in records:
        record_run(catalog, record, "a", RecordedProgress())
    return catalog


def test_records_are_read_in_the_order_in_which_the_runs_began():
    nights = [a_record(BEGAN + timedelta(days=day)) for day in range(40)]
    catalog = a_catalog(*reversed(nights))
    assert list(read_history(catalog, SOURCE, BEGAN, nights[-1].began).records) == nights


@pytest.mark.parametrize(
    ("since", "until", "read"),
    [
        (BEGAN, BEGAN, 1),
        (BEGAN + timedelta(seconds=1), BEGAN + timedelta(days=1), 0),
        (BEGAN - timedelta(days=1), BEGAN - timedelta(seconds=1), 0),
        (BEGAN + timedelta(days=1), BEGAN - timedelta(days=1), 0),
        (datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), 1),
    ],
)
def test_only_runs_between_the_two_moments_are_read(since, until, read):
    assert len(read_history(a_catalog(RECORD), SOURCE, since, until).records) == read


def test_only_the_months_in_question_are_listed():
    catalog = a_catalog(RECORD)
    catalog.calls.made.clear()
    list(record_keys(catalog, SOURCE, datetime(2025, 12, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)))
    assert len(catalog.calls.made) == 3


def test_the_same_run_is_recorded_once_even_by_a_version_that_writes_it_otherwise():
    catalog, progress = a_catalog(RECORD), RecordedProgress()
    record_run(catalog, replace(RECORD, reason="in other words"), "a", progress)
    assert read_history(catalog, SOURCE, BEGAN, BEGAN).records == (RECORD,)
    assert progress.told == []


def test_a_record_that_cannot_be_written_is_noted_and_no_error():
    catalog = FaultyCatalog(Calls(faults={0: CatalogUnreachableError("gone")}))
    progress = RecordedProgress()
    record_run(catalog, RECORD, "a", progress)
    assert progress.told == [("note", "the backup is missing in the history of scims-db: gone")]


def test_a_damaged_record_is_skipped_and_named():
    later = a_record(BEGAN + timedelta(days=1))
    catalog = a_catalog(RECORD, later)
    damaged = keys.run_record(SOURCE, BEGAN, RunKind.BACKUP, "a")
    catalog.objects[damaged] = b"{"
    history = read_history(catalog, SOURCE, BEGAN, later.began)
    assert history.records == (later,)
    assert history.problems == (f"{damaged} is damaged: it is not JSON",)


@pytest.mark.parametrize("name", ["notes.txt", "20261122T020000Z.json", "2026-backup-a.json"])
def test_what_is_no_record_is_passed_over(name):
    catalog = a_catalog(RECORD)
    catalog.objects[f"{keys.history_of_month(SOURCE, BEGAN)}{name}"] = b"?"
    assert read_history(catalog, SOURCE, BEGAN - timedelta(days=22), BEGAN).records == (RECORD,)


def test_a_key_names_the_kind_and_the_beginning_of_its_run():
    key = keys.run_record(SOURCE, BEGAN, RunKind.DRILL, "20261122T040000Z")
    assert (keys.kind_of_record(key), keys.began_of_record(key)) == (RunKind.DRILL, BEGAN)
