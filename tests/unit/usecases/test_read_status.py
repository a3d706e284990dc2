"""The status of a source, read from its documents."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult
from scims_backup.domain.second_copy import place_of
from scims_backup.domain.status import Promised, Seen, SourceStatus, Watched
from scims_backup.domain.status.summary import Summary
from scims_backup.domain.verdict import Verdict
from scims_backup.usecases.reports.read_status import ReadStatus
from scims_backup.usecases.reports.summarise import Summarise
from tests.fakes import MemoryCatalog, a_manifest, put_backup, put_drill

FIRST, SECOND = (BackupId("scims-db", stamp) for stamp in ("20261121T020000Z", "20261122T020000Z"))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = SECOND.moment + 6 * HOUR
WATCHED = Watched("scims-db")


@pytest.fixture
def catalog() -> MemoryCatalog:
    catalog = MemoryCatalog()
    for backup in (FIRST, SECOND):
        put_backup(catalog, a_manifest(backup.stamp))
    return catalog


def status(catalog: MemoryCatalog, watched: Watched = WATCHED) -> SourceStatus:
    return ReadStatus(catalog, watched).run(NOW)


def fail(catalog: MemoryCatalog, ago: timedelta, source: str = "scims-db") -> str:
    """Record that a run failed; return the key of the event."""
    facts = {"message": "no connection"}
    event = Event(f"{ago}{source}"[:4], Kind.BACKUP_FAILED, Severity.ERROR, NOW - ago, source, None, facts)
    key = keys.event(event.time, event.kind, event.id)
    catalog.put_new(key, event.to_bytes())
    return key


def record(catalog: MemoryCatalog, began: timedelta, **more: object) -> RunRecord:
    """Keep the record of a backup that began a while ago."""
    moment = NOW - began
    whole = RunRecord(RunKind.BACKUP, "scims-db", None, moment, moment, RunResult.COMPLETED)
    whole = replace(whole, **more)  # type: ignore[arg-type]
    catalog.put_new(keys.run_record("scims-db", moment, whole.kind, "x"), whole.to_bytes())
    return whole


def test_a_source_without_backups_has_a_status_that_says_nothing() -> None:
    assert status(MemoryCatalog()) == SourceStatus("scims-db", NOW)


def test_newest_proven_and_sizes_are_those_of_the_manifests(catalog: MemoryCatalog) -> None:
    put_drill(catalog, FIRST, "20261121T030000Z", Verdict.PASSED)
    found = status(catalog)
    assert found.newest == Seen(SECOND, SECOND.moment, SECOND.moment.replace(second=42))
    assert found.proven == Seen(FIRST, FIRST.moment, FIRST.moment.replace(second=42))
    assert found.proofs_since == FIRST.moment
    assert (found.archive_bytes, found.stored_bytes) == (1_663_000_000, 207_000_000)
    assert found.stored_in_all == 2 * 207_000_000
    assert [night.backup for night in found.nights] == [str(FIRST), str(SECOND)]


def test_the_verdict_is_of_the_newest_backup_that_was_drilled_whatever_was_drilled_last(
    catalog: MemoryCatalog,
) -> None:
    put_drill(catalog, SECOND, "20261122T030000Z", Verdict.FAILED)
    put_drill(catalog, FIRST, "20261122T040000Z", Verdict.PASSED)
    found = status(catalog)
    assert found.verdict is not None
    assert (found.verdict.backup, found.verdict.result) == (str(SECOND), RunResult.FAILED)
    assert "table public.item_stocks: rows-differ" in found.verdict.reason
    assert found.last_drill is not None
    assert found.last_drill.backup == str(FIRST)


def test_a_verdict_stands_in_its_key_though_its_report_is_damaged(catalog: MemoryCatalog) -> None:
    put_drill(catalog, SECOND, "20261122T030000Z", Verdict.FAILED)
    catalog.objects[keys.drill_report(SECOND, "20261122T030000Z")] = b"{"
    found = status(catalog)
    assert found.verdict is not None
    assert found.verdict.result is RunResult.FAILED


def test_a_manifest_that_cannot_be_read_is_named_and_its_backup_still_is_the_newest(
    catalog: MemoryCatalog,
) -> None:
    catalog.objects[keys.manifest(SECOND)] = b"{"
    found = status(catalog)
    assert found.unreadable == (SECOND,)
    assert found.newest == Seen(SECOND, SECOND.moment)


def test_a_failed_run_is_known_by_its_event_to_its_own_source_alone(catalog: MemoryCatalog) -> None:
    fail(catalog, HOUR)
    fail(catalog, HOUR / 2, "other")
    found = status(catalog)
    assert found.last_failure is not None
    assert (found.last_failure.ended, found.last_failure.reason) == (NOW - HOUR, "no connection")


def test_a_proof_by_other_sql_than_is_set_now_is_noticed(catalog: MemoryCatalog) -> None:
    put_drill(catalog, SECOND, "20261122T030000Z", Verdict.PASSED)
    assert not status(catalog).proven_otherwise
    assert status(catalog, replace(WATCHED, after_restore="a" * 64)).proven_otherwise


def test_a_copy_counts_where_the_settings_say_that_copies_are(catalog: MemoryCatalog) -> None:
    catalog.put_new(keys.copy_of(FIRST, place_of("s3://elsewhere")), b"{}")
    assert status(catalog).copied is None
    assert status(catalog, replace(WATCHED, copies="s3://other")).copied is None
    assert status(catalog, replace(WATCHED, copies="s3://elsewhere")).copied == Seen(FIRST, FIRST.moment)


def test_nights_are_those_of_the_history_and_of_manifests_from_before_it(catalog: MemoryCatalog) -> None:
    failed = record(catalog, 3 * DAY, result=RunResult.FAILED, reason="no connection")
    newest = record(catalog, 6 * HOUR, backup=str(SECOND), in_all=500, unit="key", counts={"a": 500})
    found = status(catalog)
    first = next(one for one in found.nights if one.backup == str(FIRST))
    assert found.nights == (failed, first, replace(newest, counts={}))
    assert (found.in_all, found.unit) == (500, "key")


def test_what_a_prune_measured_counts_more_than_what_manifests_add_up_to(catalog: MemoryCatalog) -> None:
    assert (status(catalog).stored_in_all, status(catalog).is_measured) == (2 * 207_000_000, False)
    for days in range(9, 0, -1):
        record(catalog, days * DAY, kind=RunKind.PRUNE, stored_in_all=1_000 - days * 10)
    watched = replace(WATCHED, promised=Promised(quota=1_050))
    found = status(catalog, watched)
    assert (found.stored_in_all, found.is_measured) == (990, True)
    assert found.quota_day == (NOW + 5 * DAY).date()


def test_records_that_cannot_be_read_are_named(catalog: MemoryCatalog) -> None:
    key = keys.run_record("scims-db", NOW, "backup", "x")
    catalog.put_new(key, b"{")
    (why,) = status(catalog).damaged
    assert key in why


def test_a_summary_is_read_back_as_it_was_written(catalog: MemoryCatalog) -> None:
    put_drill(catalog, FIRST, "20261121T030000Z", Verdict.PASSED)
    record(catalog, 3 * DAY, result=RunResult.FAILED, reason="no connection")
    whole = Summarise("scims-db", catalog).run(NOW)
    assert Summary.from_bytes(whole.to_bytes(), "it") == whole
    assert Summary.from_bytes(Summary().to_bytes(), "it") == Summary()
