"""Pruning: what goes, what stays, what is told; the order of removal; refusals."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.conditions import Cause
from scims_backup.domain.errors import (
    AlreadyRunningError,
    DeleteRefusedError,
    DocumentError,
    VaultAccessError,
    VaultError,
    VaultLockedError,
    VaultUnreachableError,
)
from scims_backup.domain.holds import Hold
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.retention import Policy
from scims_backup.domain.verdict import Verdict
from scims_backup.usecases.retention.prune_backups import plan_prune
from tests.fakes import put_drill
from tests.mortal import DeadError, Life
from tests.unit.usecases.pruning import DAILY, NOW, SOURCE, night, ten_nights


@pytest.fixture
def place():
    place = ten_nights()
    place.confirms = True
    return place


def _events(place):
    found = sorted(key for key in place.catalog.objects if key.startswith("events/"))
    return [json.loads(place.catalog.objects[key]) for key in found]


def _refusing(place, error, refs=None):
    """Let the vault refuse to delete."""
    delete = place.vault.delete

    def refuse(ref):
        if refs is None or ref in refs:
            raise error
        delete(ref)

    place.vault.delete = refuse


def test_what_the_policy_does_not_keep_is_gone_whole(place):
    pruned = place.pruning().run(DAILY, NOW)
    kept = {night(0), night(1), night(2), night(3)}
    assert set(place.backups()) == place.stored() == kept
    assert pruned.removed == [night(days) for days in range(9, 3, -1)]
    for backup in pruned.removed:
        assert not [key for key in place.catalog.objects if key.startswith(keys.proofs_of(backup))]
        assert not [key for key in place.catalog.objects if key.startswith(keys.run_of(backup))]
    assert not [key for key in place.catalog.objects if key.startswith("tombstones/")]
    assert (pruned.refused, pruned.leftovers) == ([], [])


def test_a_removal_reverses_the_commit(place):
    life = Life()
    place.pruning(life).run(Policy(daily=9), NOW)
    stamp = night(9).stamp
    done = [name.removeprefix("before ") for name in life.moments if name.startswith("before ")]
    began = done.index(f"put_new {keys.tombstone(night(9))}")
    looked_again = done.index(f"keys holds/{SOURCE}/{stamp}/")
    deleted = [name for name in done if name.startswith("delete ")]
    assert began < looked_again < done.index(deleted[0])
    assert [len(name) == len("delete ") + 64 or name for name in deleted] == [
        f"delete manifests/{SOURCE}/{stamp}.json",
        True,  # the bytes
        f"delete proofs/{SOURCE}/{stamp}.json.zst",
        f"delete runs/{SOURCE}/{stamp}/claim.json",
        next(name for name in deleted if "/stored-" in name),
        f"delete tombstones/{SOURCE}/{stamp}.json",
        f"delete runs/{SOURCE}/prune.json",
    ]


def test_planning_reads_manifests_alone_and_changes_nothing(place):
    before = dict(place.catalog.objects)
    life = Life()
    plan = plan_prune(place.pruning(life).catalog, SOURCE, DAILY, NOW)
    done = {tuple(name.split()[1:]) for name in life.moments}
    assert {one[0] for one in done} == {"keys", "get"}
    assert {one[1].split("/")[0] for one in done if one[0] == "get"} == {"manifests"}
    assert len(plan.remove) == 6
    assert place.catalog.objects == before


def test_an_empty_policy_removes_nothing(place):
    before = place.state()
    pruned = place.pruning().run(Policy(), NOW)
    assert (pruned.removed, place.state()) == ([], before)
    assert _events(place) == []


def test_what_was_removed_is_told(place):
    place.pruning().run(DAILY, NOW)
    (event,) = _events(place)
    assert (event["kind"], event["severity"], event["backup"]) == ("BackupsPruned", "info", None)
    assert event["facts"]["removed_in_all"] == 6
    assert event["facts"]["removed"][0] == str(night(9))
    assert (event["facts"]["kept"], event["facts"]["refused"]) == (4, [])


def test_a_held_backup_stays_until_its_hold_is_over(place):
    place.hold(night(8), NOW + timedelta(days=1))
    assert night(8) not in place.pruning().run(DAILY, NOW).removed
    assert place.phantoms() == []
    place.now = NOW + timedelta(days=1, seconds=1)
    assert night(8) in place.pruning().run(DAILY, place.now).removed


def test_a_hold_that_is_put_after_the_plan_is_respected(place):
    def held_late(_moment, name):
        if name == f"after put_new {keys.tombstone(night(8))}":
            place.hold(night(8), NOW + timedelta(hours=1), "drill-1")

    pruned = place.pruning(Life(held_late)).run(DAILY, NOW)
    assert [(one.backup, "held by drill-1" in one.why) for one in pruned.refused] == [(night(8), True)]
    assert night(8) in place.backups()
    assert keys.tombstone(night(8)) not in place.catalog.objects
    assert place.phantoms() == []


def test_a_plan_for_the_future_does_not_end_holds(place):
    place.hold(night(8), NOW + timedelta(days=1))
    pruned = place.pruning().run(DAILY, NOW + timedelta(days=365))
    assert [one.backup for one in pruned.refused] == [night(8)]
    assert night(8) in place.backups()


def test_a_hold_that_is_not_understood_is_a_hold(place):
    place.catalog.put_new(f"{keys.holds_of(night(8))}something-of-a-newer-version.json", b"{}")
    place.pruning().run(DAILY, NOW)
    assert night(8) in place.backups()


@pytest.mark.parametrize("kind", [DeleteRefusedError, VaultAccessError, VaultLockedError])
def test_what_the_vault_refuses_to_delete_is_a_backup_as_before_and_is_told(place, kind):
    _refusing(place, kind("locked until 2027", "wait"))
    before = place.state()
    pruned = place.pruning().run(Policy(daily=9), NOW)
    assert place.state() == before
    assert [(one.backup, "locked until 2027" in one.why) for one in pruned.refused] == [(night(9), True)]
    assert pruned.removed == []
    (event,) = _events(place)
    assert (event["kind"], event["severity"]) == ("PruneFailed", "error")
    assert "locked until 2027" in event["facts"]["refused"][0]


def test_a_refusal_does_not_keep_the_others(place):
    ref = next(ref for ref, (backup, _) in place.vault.stored.items() if backup == night(6))
    _refusing(place, DeleteRefusedError("no"), {ref})
    pruned = place.pruning().run(DAILY, NOW)
    assert len(pruned.removed) == 5
    assert place.phantoms() == []


def test_a_refusal_of_bytes_that_are_gone_is_no_reason_to_bring_the_backup_back(place):
    delete = place.vault.delete

    def refuse_afterwards(ref):
        delete(ref)
        raise VaultAccessError("denied, after all")

    place.vault.delete = refuse_afterwards
    with pytest.raises(VaultAccessError):
        place.pruning().run(Policy(daily=9), NOW)
    assert night(9) not in place.backups()
    place.vault.delete = delete
    place.now += timedelta(hours=2)
    place.pruning().run(Policy(daily=9), NOW)
    assert keys.tombstone(night(9)) not in place.catalog.objects


def test_a_vault_that_does_not_answer_stops_the_prune_and_the_next_one_goes_on(place):
    _refusing(place, VaultUnreachableError("no answer"))
    with pytest.raises(VaultUnreachableError):
        place.pruning().run(DAILY, NOW)
    assert place.phantoms() == []
    assert _events(place)[-1]["kind"] == "PruneFailed"
    del place.vault.delete
    pruned = place.pruning().run(DAILY, NOW)
    assert len(pruned.removed) == 6
    assert place.stored() == set(place.backups())


def test_a_backup_in_another_vault_is_not_forgotten(place):
    backup = night(9)
    data = place.catalog.objects[keys.manifest(backup)]
    place.catalog.objects[keys.manifest(backup)] = data.replace(b'"memory"', b'"restic"')
    pruned = place.pruning().run(DAILY, NOW)
    (problem,) = pruned.problems
    assert problem.startswith(f"{backup} is not trusted: its archive")
    assert problem.endswith(" is not in this vault. It is kept, and replaces no other backup")
    assert backup in place.backups()


def test_a_manifest_that_is_not_believed_and_is_removed_by_hand_with_its_record_leaves_nothing_to_tell(place):
    backup, other = night(9), night(8)
    data = place.catalog.objects[keys.manifest(backup)]
    wrong = next(ref for ref, (whose, _) in place.vault.stored.items() if whose == other)
    right = next(ref for ref, (whose, _) in place.vault.stored.items() if whose == backup)
    place.catalog.objects[keys.manifest(backup)] = data.replace(right.encode(), wrong.encode())
    put_drill(place.catalog, backup, "20261122T040000Z", Verdict.PASSED)

    def problems():
        return place.pruning().intent(Policy(), NOW).problems

    assert any("is not trusted" in one for one in problems())
    place.catalog.delete(keys.manifest(backup))
    assert any("it has no manifest" in one for one in problems())
    for key in filter(keys.is_stored_record, list(place.catalog.keys(keys.run_of(backup)))):
        place.catalog.delete(key)
    assert problems() == ()
    assert right in place.vault.stored


def test_a_backup_whose_bytes_are_not_in_this_vault_is_not_forgotten(place):
    backup = night(9)
    ref = Manifest.from_bytes(place.catalog.objects[keys.manifest(backup)], "").archive.ref
    del place.vault.stored[ref]
    pruned = place.pruning().run(DAILY, NOW)
    assert [problem.partition(" ")[0] for problem in pruned.problems] == [str(backup)]
    assert backup in place.backups()


def test_a_damaged_manifest_is_kept_and_told(place):
    place.catalog.objects[keys.manifest(night(9))] = b"{"
    pruned = place.pruning().run(DAILY, NOW)
    assert ["damaged" in problem for problem in pruned.problems] == [True]
    assert len(pruned.removed) == 5


def test_only_one_prune_works_at_a_time(place):
    def second(_moment, name):
        if name == f"after delete {keys.manifest(night(9))}":
            with pytest.raises(AlreadyRunningError, match="another prune of scims-db"):
                place.pruning().run(DAILY, NOW)

    assert len(place.pruning(Life(second)).run(DAILY, NOW).removed) == 6
    assert [key.split("-")[1] for key in place.catalog.keys("events/")] == ["BackupsPruned"]


def test_a_prune_that_died_is_gone_on_with_at_once_by_its_own_repetition_and_by_no_other(place):
    def dies(_moment, name):
        if name == f"after delete {keys.manifest(night(9))}":
            raise DeadError

    with pytest.raises(DeadError):
        place.pruning(Life(dies), run_id="request").run(DAILY, NOW)
    with pytest.raises(AlreadyRunningError):
        place.pruning(run_id="another").run(DAILY, NOW)
    assert len(place.pruning(run_id="request").run(DAILY, NOW).removed) == 6
    assert place.stored() == set(place.backups())


def test_a_prune_that_has_no_time_left_leaves_the_rest_to_the_next(place):
    def time_passes(_moment, name):
        if name == f"after delete {keys.tombstone(night(8))}":
            place.now += timedelta(minutes=56)

    pruned = place.pruning(Life(time_passes)).run(DAILY, NOW)
    assert pruned.removed == [night(9), night(8)]
    assert {one.why for one in pruned.refused} == {"this prune ran out of time: the next one continues"}
    assert place.phantoms() == []
    assert len(place.pruning().run(DAILY, NOW).removed) == 4


@pytest.mark.parametrize(("quota", "told"), [(70, False), (69, True), (None, False)])
def test_archives_over_the_quota_are_told(place, quota, told):
    place.pruning(quota=quota).run(Policy(), NOW)
    assert [event["kind"] for event in _events(place)] == ["StorageQuotaExceeded"] * told


@pytest.mark.parametrize(
    ("cause", "quota", "told"),
    [
        (Cause.QUOTA_EXCEEDED, 70, ["ConditionRecovered"]),
        (Cause.QUOTA_EXCEEDED, None, ["ConditionRecovered"]),
        (Cause.QUOTA_EXCEEDED, 69, ["StorageQuotaExceeded"]),
        (Cause.PRUNE_FAILS, 70, ["ConditionRecovered"]),
        (Cause.NOT_PROVEN, 70, []),
    ],
)
def test_a_prune_that_finds_all_well_ends_the_condition_that_is_open(place, cause, quota, told):
    place.catalog.put_new(keys.condition_record(SOURCE, cause, 1, "opened"), b"{}")
    place.pruning(quota=quota).run(Policy(), NOW)
    assert [event["kind"] for event in _events(place)] == told
    place.catalog.put_new(keys.condition_record(SOURCE, cause, 1, "ended"), b"{}")
    place.now += timedelta(days=1)
    place.pruning(quota=quota).run(Policy(), NOW)
    ends = [event for event in _events(place) if event["kind"] == "ConditionRecovered"]
    assert len(ends) == told.count("ConditionRecovered")


OLDER, DAMAGED = "older versions: cannot list the versions", "archive 1 of scims-db is damaged"


@pytest.mark.parametrize(
    ("unmeasured", "unlisted", "is_complete"),
    [((OLDER,), (OLDER,), True), ((DAMAGED,), (), False), ((DAMAGED, OLDER), (OLDER,), False)],
)
@pytest.mark.parametrize("quota", [69, 1000])
def test_older_versions_that_cannot_be_listed_are_a_warning_and_damage_is_a_problem(
    place, unmeasured, unlisted, is_complete, quota
):
    usage = replace(place.vault.usage(), unmeasured=unmeasured, unlisted=unlisted)
    place.vault.usage = lambda: usage
    pruned = place.pruning(quota=quota).run(Policy(), NOW)
    assert pruned.is_complete is is_complete
    assert [one for one in pruned.warnings if OLDER in one] == [
        f"not everything that is stored could be measured: {one}" for one in unlisted
    ]
    assert OLDER not in str(pruned.problems)
    told = {event["kind"]: event["facts"] for event in _events(place)}
    assert ("StorageQuotaExceeded" in told, "PruneFailed" in told) == (quota == 69, not is_complete)


def test_backups_of_another_source_are_not_touched(place):
    other = [night(days, "scims-db-2") for days in range(10)]
    for backup in other:
        place.add(backup)
    place.pruning().run(DAILY, NOW)
    assert place.backups("scims-db-2") == sorted(other)
    assert place.stored() >= set(other)


def test_the_newest_proven_stays_though_it_is_old(place):
    for days in (0, 1, 2, 3):
        for key in list(place.catalog.keys(keys.drills_of(night(days)))):
            place.catalog.delete(key)
    place.pruning().run(DAILY, NOW)
    assert night(9) in place.backups()


def test_a_failure_before_anything_is_done_changes_nothing(place):
    before = place.state()

    def gone():
        raise VaultError("gone")

    place.vault.archives = gone
    with pytest.raises(VaultError):
        place.pruning().run(DAILY, NOW)
    assert place.state() == before


def test_a_backup_that_failed_its_drills_gives_way_to_a_proven_one_of_its_week(place):
    place.add(night(12), Verdict.PASSED)
    place.add(night(11), Verdict.FAILED)
    plan = plan_prune(place.catalog, SOURCE, Policy(weekly=3), NOW)
    assert night(11) in plan.remove


def test_a_hold_says_who_and_until_when_in_the_plan(place):
    place.hold(night(8), NOW + timedelta(days=1))
    plan = plan_prune(place.catalog, SOURCE, DAILY, NOW)
    reasons = {kept.backup: kept.reasons for kept in plan.keep}
    assert f"held by {Hold('operator', NOW + timedelta(days=1))}" in reasons[night(8)]


def test_a_manifest_under_another_backup_s_key_removes_nothing(place):
    newest = place.catalog.objects[keys.manifest(night(0))]
    place.catalog.objects[keys.manifest(night(9))] = newest
    pruned = place.pruning().run(DAILY, NOW)
    assert ["it is the manifest of" in problem for problem in pruned.problems] == [True]
    assert night(0) in place.stored()


def test_backups_whose_manifests_are_damaged_stand_for_no_others(place):
    for days in (0, 1):
        place.catalog.objects[keys.manifest(night(days))] = b"{"
    pruned = place.pruning().run(Policy(last=1), NOW)
    assert {night(0), night(1), night(2), night(3)} == set(place.backups())
    assert len(pruned.problems) == 2
    assert not pruned.is_complete


def test_one_removal_that_cannot_be_finished_does_not_stop_the_others(place):
    place.catalog.put_new(keys.tombstone(night(20)), b"{")
    pruned = place.pruning().run(DAILY, NOW)
    assert [one.backup for one in pruned.refused] == [night(20)]
    assert len(pruned.removed) == 6


def test_a_prune_that_lost_its_lease_to_another_one_removes_no_more(place):
    def stalls(_moment, name):
        if name == f"after put_new {keys.tombstone(night(9))}":
            place.now += timedelta(hours=2)
            place.pruning().run(DAILY, NOW)

    with pytest.raises(AlreadyRunningError):
        place.pruning(Life(stalls)).run(DAILY, NOW)
    assert place.phantoms() == []
    place.pruning().run(DAILY, NOW)
    assert place.stored() == set(place.backups())


def test_a_damaged_lease_is_named_with_what_to_do(place):
    place.catalog.put_new(keys.prune_lease(SOURCE), b"{")
    with pytest.raises(DocumentError, match="remove this object if no prune is running"):
        place.pruning().run(DAILY, NOW)


def test_a_quota_that_cannot_be_looked_at_is_told_after_the_removals(place):
    def silent():
        raise VaultUnreachableError("no answer")

    place.vault.usage = silent
    pruned = place.pruning(quota=1).run(DAILY, NOW)
    assert (len(pruned.removed), "no answer" in pruned.problems[0]) == (6, True)
