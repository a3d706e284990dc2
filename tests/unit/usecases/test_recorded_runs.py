"""Every run leaves one record: as it ended, under a name that a repetition finds again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CatalogUnreachableError, VaultGoneError
from scims_backup.domain.holdings import Holdings
from scims_backup.domain.records_of_runs import record_of_backup
from scims_backup.domain.retention import Policy
from scims_backup.domain.run_record import KEPT, OTHERS, RunKind, RunRecord, RunResult
from scims_backup.domain.verdict import Finding, Report, Verdict
from scims_backup.domain.words import ROWS_OF_TABLES, Words
from scims_backup.usecases.drills.conclude import conclude
from scims_backup.usecases.stored.history import forget_old_runs, read_history, record_run
from tests.fakes import MemoryCatalog, RecordedProgress, a_manifest
from tests.faults import Calls
from tests.unit.usecases.pruning import NOW, SOURCE, ten_nights
from tests.unit.usecases.test_restore_backup import Rig as RestoreRig
from tests.unit.usecases.test_take_backup import Rig as BackupRig

BACKUP = BackupId.parse("scims-db-20261122T020000Z")
DRILL = "20261122T040000Z"
FINDING = Finding("rows-differ", "table public.items", "500 rows", "499 rows")
DAY = timedelta(days=1)


def history(catalog):
    """Every record in the catalog."""
    found = filter(keys.is_run_record, catalog.keys("history/"))
    return [RunRecord.from_bytes(catalog.get(key), key) for key in list(found)]


def test_a_completed_backup_is_recorded_by_its_manifest_and_its_proof():
    rig = BackupRig()
    manifest = rig.take()
    (record,) = history(rig.catalog)
    assert record == record_of_backup(manifest, Holdings({"public.items": 3}), ROWS_OF_TABLES)
    assert (record.kind, record.result, record.in_all) == (RunKind.BACKUP, RunResult.COMPLETED, 3)
    assert (record.bytes, record.began) == (manifest.archive.bytes, manifest.started)
    (key,) = rig.catalog.keys("history/")
    assert keys.name_of_record(key) == manifest.backup.stamp


def test_a_failed_backup_is_recorded_with_its_reason():
    rig = BackupRig(Calls(faults={"vault prepare": VaultGoneError("the vault\nis gone")}))
    with pytest.raises(VaultGoneError):
        rig.take()
    (record,) = history(rig.catalog)
    assert (record.result, record.reason) == (RunResult.FAILED, "the vault is gone")
    assert record.backup == "scims-db-20261122T020000Z"
    assert record.began < record.ended


def test_a_failed_run_that_cannot_be_recorded_fails_as_it_has():
    faults: dict[int | str, BaseException] = {
        "vault prepare": VaultGoneError("gone"),
        "catalog put history": CatalogUnreachableError("off"),
    }
    rig = BackupRig(Calls(faults=faults))
    with pytest.raises(VaultGoneError):
        rig.take()
    assert "the backup is missing in the history of scims-db: off" in rig.notes()


@pytest.mark.parametrize(
    ("report", "result", "reason"),
    [
        (Report(Verdict.PASSED), RunResult.PASSED, ""),
        (Report(Verdict.FAILED, (FINDING,)), RunResult.FAILED, str(FINDING)),
        (Report(Verdict.INCONCLUSIVE, reason="no\ncapacity"), RunResult.INCONCLUSIVE, "no capacity"),
    ],
)
def test_a_drill_is_recorded_once_by_its_report_alone(report, result, reason):
    catalog, ended = MemoryCatalog(), datetime(2026, 11, 22, 4, 20, tzinfo=UTC)
    whole = replace(report, ended=ended, seconds={"restore": 12.5})
    for _ in range(2):
        conclude(catalog, BACKUP, DRILL, whole, RecordedProgress())
    (record,) = history(catalog)
    assert (record.kind, record.result, record.reason) == (RunKind.DRILL, result, reason)
    assert (record.began, record.ended) == (datetime(2026, 11, 22, 4, tzinfo=UTC), ended)
    assert (record.seconds, record.findings) == ({"restore": 12.5}, len(report.findings))


def test_a_drill_is_concluded_though_its_record_cannot_be_written(monkeypatch):
    catalog, progress = MemoryCatalog(), RecordedProgress()
    put = catalog.put_new

    def refuse_history(key, data):
        if key.startswith("history/"):
            raise CatalogUnreachableError("off")
        put(key, data)

    monkeypatch.setattr(catalog, "put_new", refuse_history)
    conclude(catalog, BACKUP, DRILL, Report(Verdict.PASSED), progress)
    assert [key.split("/")[0] for key in catalog.objects] == ["drills", "events"]
    assert progress.told == [("note", "the drill is missing in the history of scims-db: off")]


def test_a_completed_restore_is_recorded_with_its_seconds():
    rig = RestoreRig()
    rig.run()
    (record,) = history(rig.catalog)
    assert (record.kind, record.result) == (RunKind.RESTORE, RunResult.COMPLETED)
    assert record.seconds.keys() == {"restore", "prove"}


def test_a_failed_restore_is_recorded_with_its_reason():
    rig = RestoreRig()
    rig.calls.faults["vault read"] = VaultGoneError("gone")
    with pytest.raises(VaultGoneError):
        rig.run()
    (record,) = history(rig.catalog)
    assert (record.kind, record.result, record.reason) == (RunKind.RESTORE, RunResult.FAILED, "gone")


@pytest.fixture
def place():
    return ten_nights()


def test_a_prune_is_recorded_with_what_is_stored_afterwards(place):
    place.pruning(quota=1000).run(Policy(), NOW)
    (record,) = history(place.catalog)
    assert (record.kind, record.result, record.stored_in_all) == (RunKind.PRUNE, RunResult.COMPLETED, 70)


def test_records_are_forgotten_after_four_hundred_days(place):
    for began in (place.now - KEPT - DAY, place.now - KEPT + DAY):
        record = RunRecord(RunKind.DRILL, SOURCE, None, began, began, RunResult.PASSED)
        record_run(place.catalog, record, "x", RecordedProgress())
    place.catalog.objects["history/scims-db/notes.txt"] = b"mine"
    place.pruning().run(Policy(), NOW)
    assert [record.kind for record in history(place.catalog)] == [RunKind.DRILL, RunKind.PRUNE]
    assert "history/scims-db/notes.txt" in place.catalog.objects
    assert forget_old_runs(place.catalog, SOURCE, place.now + 2 * KEPT) == 2


def test_a_prune_that_cannot_forget_is_complete_and_says_so(place, monkeypatch):
    listed = place.catalog.keys

    def refuse_history(prefix):
        if prefix.startswith("history/"):
            raise CatalogUnreachableError("off")
        return listed(prefix)

    monkeypatch.setattr(place.catalog, "keys", refuse_history)
    pruned = place.pruning().run(Policy(), NOW)
    assert pruned.is_complete
    assert pruned.warnings == ["the history of scims-db could not be used: off"]


def grown(place, pace):
    """Let the prunes of the last ten days have found that so many bytes were added each day, up to 70 now."""
    for day in range(1, 11):
        began = place.now - day * DAY
        record = RunRecord(
            RunKind.PRUNE, SOURCE, None, began, began, RunResult.COMPLETED, stored_in_all=70 - day * pace
        )
        record_run(place.catalog, record, "x", RecordedProgress())


@pytest.mark.parametrize(
    ("pace", "quota", "near"),
    [(1, 77, True), (1, 78, False), (5, 100, True), (0, 71, False), (5, 69, False), (5, None, False)],
    ids=["in 7 days", "in 8 days", "in 6 days", "never", "it is over already", "no quota"],
)
def test_a_quota_that_will_be_reached_within_a_week_is_told(place, pace, quota, near):
    grown(place, pace)
    pruned = place.pruning(quota=quota).run(Policy(), NOW)
    told = [key for key in place.catalog.objects if "StorageQuotaNear" in key]
    assert (len(told) == 1, any("will reach the quota" in one for one in pruned.warnings)) == (near, near)


def test_a_quota_that_is_near_is_told_once_a_day(place):
    grown(place, 5)
    for _ in range(2):
        place.pruning(quota=100).run(Policy(), NOW)
        place.now += timedelta(minutes=10)
    place.now += DAY
    place.pruning(quota=100).run(Policy(), NOW)
    assert len([key for key in place.catalog.objects if "StorageQuotaNear" in key]) == 2


def test_a_backup_s_record_names_the_largest_tables_and_what_expires_among_them():
    counts = {f"t{number:03}": 1000 - number for number in range(510)}
    holdings = Holdings(counts, {"t000": 7, "t505": 2, "t509": 1})
    record = record_of_backup(a_manifest(), holdings, Words("key", "database"))
    assert len(record.counts) == 501
    assert record.expiring == {"t000": 7, OTHERS: 3}
    assert (record.in_all, record.unit) == (sum(counts.values()), "key")


def test_what_a_proof_that_cannot_be_read_counted_is_not_known():
    record = record_of_backup(a_manifest(), None, ROWS_OF_TABLES)
    assert (record.counts, record.in_all, record.bytes) == ({}, None, 1_663_000_000)


def test_a_record_is_found_by_the_moment_at_which_its_run_began():
    rig = BackupRig()
    manifest = rig.take()
    assert len(read_history(rig.catalog, "scims-db", manifest.started, manifest.started).records) == 1
