"""Listing and choosing backups by the catalog's keys."""

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import DocumentError, NothingToWorkOnError, UsageError
from scims_backup.domain.holds import Hold
from scims_backup.domain.verdict import Verdict
from scims_backup.usecases.reports.list_backups import ListBackups
from scims_backup.usecases.stored.holds import put_hold
from tests.fakes import MemoryCatalog, a_manifest, put_backup, put_drill

OLD, MIDDLE, NEW = "20261120T020000Z", "20261121T020000Z", "20261122T020000Z"


@pytest.fixture
def catalog():
    catalog = MemoryCatalog()
    for stamp in (OLD, MIDDLE, NEW):
        put_backup(catalog, a_manifest(stamp))
    put_backup(catalog, a_manifest(NEW, "scims-db-2"))
    return catalog


def _id(stamp):
    return BackupId("scims-db", stamp)


def _verdicts(catalog):
    return {one.backup.stamp: one.verdict for one in ListBackups(catalog).run("scims-db")}


def test_a_source_without_backups_lists_none():
    assert ListBackups(MemoryCatalog()).run("scims-db") == []


def test_only_the_source_s_own_backups_are_listed_oldest_first(catalog):
    assert [str(one.backup) for one in ListBackups(catalog).run("scims-db")] == [
        f"scims-db-{stamp}" for stamp in (OLD, MIDDLE, NEW)
    ]


def test_a_backup_has_no_verdict_before_a_drill_has_ended(catalog):
    put_drill(catalog, _id(NEW), "20261123T030000Z", None)
    assert _verdicts(catalog) == {OLD: None, MIDDLE: None, NEW: None}


@pytest.mark.parametrize(
    ("drills", "verdict"),
    [
        ([Verdict.INCONCLUSIVE], Verdict.INCONCLUSIVE),
        ([Verdict.PASSED, Verdict.INCONCLUSIVE], Verdict.PASSED),
        ([Verdict.FAILED, Verdict.INCONCLUSIVE, None], Verdict.FAILED),
        ([Verdict.PASSED, Verdict.FAILED], Verdict.FAILED),
        ([Verdict.FAILED, Verdict.PASSED], Verdict.PASSED),
    ],
)
def test_the_newest_conclusive_drill_decides(catalog, drills, verdict):
    for day, ended in enumerate(drills, 1):
        put_drill(catalog, _id(MIDDLE), f"2026120{day}T030000Z", ended)
    assert _verdicts(catalog) == {OLD: None, MIDDLE: verdict, NEW: None}


def test_a_damaged_manifest_does_not_hide_the_others(catalog):
    catalog.objects[keys.manifest(_id(MIDDLE))] = b'{"version": 1, "id"'
    listed = ListBackups(catalog).run("scims-db")
    assert [one.manifest is None for one in listed] == [False, True, False]
    assert "manifests/scims-db/20261121T020000Z.json is damaged" in listed[1].problem


def test_a_backup_that_is_removed_while_listing_is_not_listed(catalog, monkeypatch):
    gone = keys.manifest(_id(MIDDLE))
    stale = [key for key in catalog.keys("") if key.startswith("manifests/scims-db/")]
    catalog.delete(gone)
    monkeypatch.setattr(catalog, "keys", lambda prefix: iter(key for key in stale if key.startswith(prefix)))
    assert [one.backup.stamp for one in ListBackups(catalog).run("scims-db")] == [OLD, NEW]


def test_a_manifest_under_another_s_key_is_damage(catalog):
    catalog.objects[keys.manifest(_id(MIDDLE))] = a_manifest(NEW).to_bytes()
    with pytest.raises(DocumentError, match="is the manifest of scims-db-20261122"):
        ListBackups(catalog).choose("scims-db", f"scims-db-{MIDDLE}")


def test_newest_is_the_one_with_the_newest_stamp(catalog):
    catalog.put_new("manifests/scims-db/zz-not-a-stamp.json", b"")
    assert ListBackups(catalog).choose("scims-db", "newest").backup == _id(NEW)


def test_a_damaged_newest_is_told_and_not_passed_over(catalog):
    catalog.objects[keys.manifest(_id(NEW))] = b"{}"
    with pytest.raises(DocumentError):
        ListBackups(catalog).choose("scims-db", "newest")


def test_newest_proven_is_the_newest_that_passed(catalog):
    put_drill(catalog, _id(OLD), "20261130T030000Z", Verdict.PASSED)
    put_drill(catalog, _id(MIDDLE), "20261129T030000Z", Verdict.PASSED)
    put_drill(catalog, _id(NEW), "20261201T030000Z", Verdict.FAILED)
    assert ListBackups(catalog).choose("scims-db", "newest-proven").backup == _id(MIDDLE)


@pytest.mark.parametrize("selector", ["newest", "newest-proven"])
def test_choosing_from_nothing_says_that_there_is_nothing(selector):
    with pytest.raises(NothingToWorkOnError, match="source scims-db has no backup"):
        ListBackups(MemoryCatalog()).choose("scims-db", selector)


def test_an_id_that_does_not_exist_is_nothing_to_work_on(catalog):
    with pytest.raises(NothingToWorkOnError, match="no backup scims-db-20250101T000000Z"):
        ListBackups(catalog).choose("scims-db", "scims-db-20250101T000000Z")


def test_an_id_of_another_source_is_wrong_usage(catalog):
    with pytest.raises(UsageError, match="backup of source scims-db-2, not of scims-db"):
        ListBackups(catalog).choose("scims-db", f"scims-db-2-{NEW}")


def test_a_text_that_is_no_id_is_wrong_usage(catalog):
    with pytest.raises(UsageError, match="not a backup id"):
        ListBackups(catalog).choose("scims-db", "yesterday")


def test_show_gives_the_drills_and_the_report_of_the_deciding_one(catalog):
    put_drill(catalog, _id(NEW), "20261201T030000Z", Verdict.FAILED)
    put_drill(catalog, _id(NEW), "20261202T030000Z", Verdict.INCONCLUSIVE)
    shown = ListBackups(catalog).show(a_manifest(NEW))
    assert [drill.name for drill in shown.drills] == ["20261201T030000Z", "20261202T030000Z"]
    assert shown.verdict is Verdict.FAILED
    assert shown.report is not None
    assert shown.report.findings[0].object == "table public.item_stocks"


def test_show_before_any_drill_has_no_report(catalog):
    shown = ListBackups(catalog).show(a_manifest(NEW))
    assert (shown.verdict, shown.drills, shown.report) == (None, (), None)


def test_holds_that_last_are_listed_and_shown_with_their_holders(catalog):
    now = datetime(2026, 11, 23, tzinfo=UTC)
    for holder, until in (
        ("operator", now),
        ("audit", now + timedelta(days=9)),
        ("drill-1", now - timedelta(1)),
    ):
        put_hold(catalog, _id(MIDDLE), Hold(holder, until))
    backups = ListBackups(catalog, lambda: now)
    lasting = (Hold("audit", now + timedelta(days=9)), Hold("operator", now))
    assert [one.holds for one in backups.run("scims-db")] == [(), lasting, ()]
    assert backups.show(backups.choose("scims-db", f"scims-db-{MIDDLE}")).holds == lasting
