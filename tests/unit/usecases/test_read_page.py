"""What the page of a source is made of: records, and documents from before there were records."""

from datetime import timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.errors import CatalogUnreachableError
from scims_backup.domain.page import Mark
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult
from scims_backup.domain.status import Promised, Watched
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.reports.checklist import ReadChecklist
from scims_backup.usecases.reports.read_page import ReadPage
from scims_backup.usecases.reports.read_status import ReadStatus
from tests.faults import Calls, FaultyCatalog
from tests.unit.usecases.checklisting import DAY, HOUR, NOW, SOURCE, Records, a_finding

SECONDS = {"start": 1.0, "restore": 60.0}


@pytest.fixture
def records():
    return Records().as_it_should_be()


def read(records, catalog=None):
    checklist = ReadChecklist(
        Watched(SOURCE, Promised()), catalog or records.catalog, ENGINES, records.policy
    )
    status = ReadStatus(checklist.catalog, checklist.watched).run(NOW)
    return ReadPage(checklist).run(status)


def record(records, kind, began, result, backup=None, **more):
    one = RunRecord(kind, SOURCE, backup, began, began + HOUR, result, **more)
    records.catalog.put_new(keys.run_record(SOURCE, began, kind, "x"), one.to_bytes())


def test_a_catalog_without_records_has_its_nights_by_manifests_and_drills_by_reports(records):
    records.drill(Report(Verdict.FAILED, (a_finding("rows-differ"),), seconds=SECONDS), ago=2 * HOUR)
    page = read(records)
    assert page.marks[Mark.TAKEN] + page.marks[Mark.PROVEN] + page.marks[Mark.FAILED] == 8
    assert page.nights[-1].mark is Mark.FAILED
    assert page.drills[0].findings == ("table public.items: 41 rows expected, 40 found (rows-differ)",)
    assert page.drills[0].took == timedelta(seconds=61)


def test_a_run_that_is_recorded_and_stored_is_shown_once(records):
    """Its record is what remains when retention has removed it."""
    newest = records.newest
    record(records, RunKind.BACKUP, newest.moment, RunResult.COMPLETED, str(newest), bytes=7)
    record(records, RunKind.DRILL, NOW - 8 * HOUR, RunResult.PASSED, str(newest), seconds=SECONDS)
    page = read(records)
    assert len(page.nights[-1].says) == 1
    assert len(page.drills) == 1
    assert page.drills[0].took == timedelta(seconds=61)


def test_a_night_that_failed_long_ago_is_known_by_its_record(records):
    record(records, RunKind.BACKUP, NOW - 100 * DAY, RunResult.FAILED, reason="disk full")
    failed = [night for night in read(records).nights if night.mark is Mark.FAILED]
    assert [night.says for night in failed] == [("12:00 failed: disk full",)]


def test_what_is_kept_has_its_reasons(records):
    assert "newest" in read(records).nights[-1].kept


def test_a_damaged_record_and_a_damaged_report_hide_nothing_else_and_are_named(records):
    records.catalog.put_new(f"{keys.history_of_month(SOURCE, NOW)}20261101T020000Z-backup-x.json", b"{")
    damaged = records.drill(Report(Verdict.FAILED), ago=2 * HOUR)
    records.catalog.objects[damaged] = b"{"
    page = read(records)
    assert any("20261101T020000Z-backup-x.json" in problem for problem in page.problems)
    assert any(damaged in problem for problem in page.problems)
    assert page.drills[0].result is RunResult.FAILED


def test_a_source_without_backups_has_a_page_without_a_checklist():
    page = read(Records())
    assert page.lists == {}
    assert page.next_step is not None
    assert page.next_step.message == "there is no backup yet"


def test_a_catalog_that_is_out_of_reach_is_no_page():
    gone = FaultyCatalog(
        Calls(faults={"catalog keys": CatalogUnreachableError("the catalog does not answer")})
    )
    with pytest.raises(CatalogUnreachableError):
        read(Records(), gone)
