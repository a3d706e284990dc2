"""A run for a scheduled time: one backup, however often it is delivered, and whatever died before."""

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import (
    AlreadyRunningError,
    CatalogUnreachableError,
    DocumentError,
    OperationFailedError,
    SourceUnreachableError,
    UsageError,
    VaultGoneError,
)
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.verdict import Verdict
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.claims import Claims, Repeated, Repetition
from scims_backup.usecases.backups.run_records import condemn
from scims_backup.usecases.backups.take_backup import TakeBackup
from scims_backup.usecases.stored.proofs import load_proof
from tests.fakes import MemoryCatalog, MemoryVault, RecordedProgress, a_manifest, put_backup, put_drill
from tests.faults import CHUNKS, Calls, FaultySource
from tests.mortal import DeadError, Life, Mortal, dying_at

SCHEDULED = datetime(2026, 11, 22, 2, tzinfo=UTC)
BACKUP = BackupId("scims-db", "20261122T020000Z")


class Rig:
    def __init__(self):
        self.catalog, self.vault, self.progress = MemoryCatalog(), MemoryVault(), RecordedProgress()
        self.calls = Calls()
        self.now, self._ids = SCHEDULED + timedelta(seconds=20), 0

    def clock(self):
        return self.now

    def new_id(self):
        self._ids += 1
        return f"id{self._ids}"

    def taking(self, life=None, longest=timedelta(hours=24)):
        catalog = Mortal(self.catalog, life) if life else self.catalog
        source = FaultySource(self.calls)
        events = EventLog("scims-db", catalog, self.clock, self.new_id, self.progress)
        return TakeBackup(
            "scims-db", source, self.vault, catalog, events, self.clock, self.new_id, self.progress, longest
        )

    def take(self, life=None, scheduled=SCHEDULED, **options):
        return self.taking(life, **options).run(Level.FULL, scheduled)

    def events(self):
        return [key.rsplit("-", 2)[1] for key in self.catalog.keys("events/")]


@pytest.fixture
def rig():
    return Rig()


def test_the_stamp_is_the_scheduled_time_and_the_start_is_the_clock_s(rig):
    manifest = rig.take()
    assert (manifest.backup, manifest.started) == (BACKUP, rig.now)


def test_a_repeated_run_is_done_already_and_touches_nothing(rig):
    rig.take()
    before = dict(rig.catalog.objects)
    rig.calls.made.clear()
    assert rig.take() == Repeated(BACKUP, Repetition.DONE)
    assert (rig.catalog.objects, rig.calls.made) == (before, [])
    assert rig.events() == ["BackupCompleted"]


def test_a_run_that_is_repeated_while_the_first_one_works_does_nothing(rig):
    found = []

    def again(_moment, name):
        if name.startswith("before put_new proofs/"):
            found.append(rig.take())

    assert isinstance(rig.take(Life(again)), Manifest)
    assert found == [Repeated(BACKUP, Repetition.RUNNING)]
    assert len(rig.vault.stored) == 1


def test_a_run_that_failed_may_be_repeated_at_once(rig):
    rig.calls.faults["source chunk"] = SourceUnreachableError("gone")
    with pytest.raises(SourceUnreachableError):
        rig.take()
    rig.calls.faults.clear()
    assert rig.take().backup == BACKUP
    assert rig.events() == ["BackupCompleted", "BackupFailed"]


def test_a_run_that_failed_is_known(rig):
    rig.calls.faults["source chunk"] = SourceUnreachableError("gone")
    with pytest.raises(SourceUnreachableError):
        rig.take()
    kept = list(rig.catalog.keys(keys.run_of(BACKUP)))
    assert [key.rsplit("/", 1)[1].startswith("failed-") for key in kept] == [True]


def _moments():
    life = Life()
    Rig().take(life)
    return life.moments


@pytest.mark.parametrize("moment", range(len(_moments())))
def test_a_dead_run_s_claim_expires_and_the_repeated_run_makes_the_backup(moment):
    rig = Rig()
    with pytest.raises(DeadError):
        rig.take(Life(dying_at(moment)), longest=timedelta(minutes=15))
    rig.now += timedelta(minutes=1)
    soon = rig.take(longest=timedelta(minutes=15))
    assert isinstance(soon, Repeated) or soon.backup == BACKUP
    rig.now += timedelta(minutes=15)
    rig.take(longest=timedelta(minutes=15))
    manifest = Manifest.from_bytes(rig.catalog.objects[keys.manifest(BACKUP)], "")
    assert rig.vault.stored[manifest.archive.ref][1] == b"".join(CHUNKS)
    load_proof(rig.catalog, manifest, ENGINES)


def test_a_run_that_was_taken_for_dead_and_comes_late_changes_nothing(rig):
    def taken_over(_moment, name):
        if name == f"before put_new {keys.manifest(BACKUP)}":
            rig.now += timedelta(hours=25)
            other.append(rig.take())

    other: list[Manifest | Repeated] = []
    assert rig.take(Life(taken_over)) == Repeated(BACKUP, Repetition.DONE)
    manifest = Manifest.from_bytes(rig.catalog.objects[keys.manifest(BACKUP)], "")
    assert manifest == other[0]
    load_proof(rig.catalog, manifest, ENGINES)
    assert "another run has completed" in rig.progress.told[-1][1]


def test_a_time_that_is_still_to_come_is_refused(rig):
    with pytest.raises(UsageError, match="in the future"):
        rig.take(scheduled=rig.now + timedelta(minutes=6))
    assert isinstance(rig.take(scheduled=rig.now + timedelta(minutes=4)), Manifest)


def test_a_run_that_is_repeated_for_an_earlier_time_is_no_clock_that_went_back(rig):
    rig.take()
    rig.now += timedelta(minutes=1)
    assert rig.take(scheduled=SCHEDULED - timedelta(days=1)).warnings == ()


def test_a_clock_that_went_back_is_said_though_the_stamps_are_in_order(rig):
    rig.take(scheduled=SCHEDULED - timedelta(days=1))
    rig.now -= timedelta(seconds=1)
    (warning,) = rig.take().warnings
    assert warning.startswith("the clock went backwards: scims-db-20261121T020000Z was taken earlier")


def test_a_claim_that_cannot_be_read_is_named(rig):
    rig.catalog.put_new(keys.claim(BACKUP), b"{")
    with pytest.raises(DocumentError, match=keys.claim(BACKUP)):
        rig.take()


def test_a_vault_that_is_gone_fails_the_run_by_its_id(rig):
    def gone():
        raise VaultGoneError("gone")

    rig.vault.prepare = gone
    with pytest.raises(VaultGoneError):
        rig.take()
    (key,) = [key for key in rig.catalog.keys("events/") if "BackupFailed" in key]
    assert str(BACKUP) in rig.catalog.objects[key].decode()


def test_an_unforeseen_failure_is_told_and_the_run_may_be_repeated_at_once(rig):
    rig.calls.faults["source chunk"] = ZeroDivisionError("a secret")
    with pytest.raises(ZeroDivisionError):
        rig.take()
    (key,) = [key for key in rig.catalog.keys("events/") if "BackupFailed" in key]
    assert b"unexpected ZeroDivisionError" in rig.catalog.objects[key]
    assert b"a secret" not in rig.catalog.objects[key]
    rig.calls.faults.clear()
    assert rig.take().backup == BACKUP


def test_a_run_that_is_late_finds_that_a_prune_removed_what_it_stored(rig):
    def condemned(_moment, name):
        if name == f"before put_new {keys.manifest(BACKUP)}":
            rig.now += timedelta(hours=49)
            condemn(rig.catalog, BACKUP)

    with pytest.raises(OperationFailedError, match="treated its run as failed"):
        rig.take(Life(condemned))
    assert keys.manifest(BACKUP) not in rig.catalog.objects


def test_a_late_run_that_may_not_take_its_manifest_back_says_that_somebody_must(rig):
    def condemned(_moment, name):
        if name == f"before put_new {keys.manifest(BACKUP)}":
            rig.now += timedelta(hours=49)
            condemn(rig.catalog, BACKUP)
        if name == f"before delete {keys.manifest(BACKUP)}":
            raise CatalogUnreachableError("access denied")

    with pytest.raises(OperationFailedError, match=f"remove {keys.manifest(BACKUP)} by hand"):
        rig.take(Life(condemned))
    assert [kind for kind in rig.events() if kind == "BackupCompleted"] == []


def test_a_run_does_not_begin_while_what_an_earlier_one_left_is_removed(rig):
    condemn(rig.catalog, BACKUP)
    with pytest.raises(AlreadyRunningError, match="are being removed"):
        rig.take()
    assert keys.claim(BACKUP) not in rig.catalog.objects


def test_a_time_whose_backup_was_drilled_and_pruned_is_done(rig):
    put_drill(rig.catalog, BACKUP, "20261122T030000Z", Verdict.PASSED)
    assert rig.take() == Repeated(BACKUP, Repetition.DONE)


def test_a_time_before_our_era_is_refused(rig):
    with pytest.raises(UsageError, match="is out of range"):
        rig.take(scheduled=datetime(26, 11, 22, 2, tzinfo=UTC))


# --- claims -----------------------------------------------------------------------------------------


@pytest.fixture(params=["of_schedule", "of_backup"])
def claim(rig, request):
    """Claims the backup of a stamp, in either way."""
    claims = Claims("scims-db", rig.catalog, lambda: rig.now, rig.new_id, timedelta(hours=24))
    what = {"of_schedule": SCHEDULED, "of_backup": BACKUP}
    return lambda: getattr(claims, request.param)(what[request.param])


def test_a_backup_that_is_there_is_claimed_no_more(rig, claim):
    put_backup(rig.catalog, a_manifest(BACKUP.stamp))
    assert claim() == Repeated(BACKUP, Repetition.DONE)


def test_a_backup_that_was_drilled_and_pruned_is_claimed_no_more(rig, claim):
    put_drill(rig.catalog, BACKUP, "20261122T030000Z", Verdict.PASSED)
    assert claim() == Repeated(BACKUP, Repetition.DONE)


def test_what_another_run_has_is_not_claimed_beside_it(claim):
    assert claim().backup == BACKUP
    assert claim() == Repeated(BACKUP, Repetition.RUNNING)


def test_what_is_being_removed_is_not_claimed(rig, claim):
    condemn(rig.catalog, BACKUP)
    with pytest.raises(AlreadyRunningError, match="are being removed"):
        claim()
    assert list(rig.catalog.keys(keys.claim(BACKUP))) == []
