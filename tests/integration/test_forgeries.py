"""What a forged document does: whoever may write into the catalog can write anything there.

Each forgery is written beside three real backups, in real stores, ten days before a prune whose policy keeps
all three. None costs one of them, and each that could have is told.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.errors import MuchAtOnceError, NothingToWorkOnError
from scims_backup.domain.holds import Hold
from scims_backup.domain.retention import Policy
from scims_backup.domain.verdict import Verdict
from scims_backup.usecases.backups.run_records import condemn
from scims_backup.usecases.reports.list_backups import ListBackups
from tests.support.forging import DRILL, SOURCE, Attacked, said
from tests.support.restic import ResticPlayground
from tests.support.s3.vaults import S3Playground

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def in_s3(seaweedfs, tmp_path):
    """Plain objects in S3, and a catalog in the same bucket."""
    playground = S3Playground(seaweedfs, tmp_path, versioned=True)
    catalog = S3Catalog(playground.client(), S3Place(playground.place.bucket, "catalog"))
    return Attacked(catalog, playground.vault()).fill()


@pytest.fixture
def in_restic(tmp_path):
    """A restic repository, and a catalog in a folder."""
    playground = ResticPlayground(tmp_path).lay()
    return Attacked(playground.catalog, playground.vault()).fill()


# --- records of runs --------------------------------------------------------------------------------


def a_record_of_a_dead_run_that_names_a_real_backup_s_archive(one: Attacked) -> str:
    one.note(one.stamp(1), one.real[0].archive.ref)
    return f"which belongs to {one.real[0].backup} according to the vault"


def a_record_of_a_real_backup_that_names_another_one_s_archive(one: Attacked) -> str:
    one.note(one.real[1].backup, one.real[0].archive.ref)
    return f"which belongs to {one.real[0].backup} according to the vault"


def a_record_beside_a_manifest_that_cannot_be_read(one: Attacked) -> str:
    one.lose_manifest(one.real[0])
    one.catalog.put_new(keys.manifest(one.stamp(1)), b"{")
    return "cannot be read and may name them"


def a_manifest_that_is_gone_of_a_backup_that_was_completed(one: Attacked) -> str:
    one.completed(one.real[0])
    one.lose_manifest(one.real[0])
    return "it has no manifest, yet events/"


def a_manifest_that_is_gone_of_a_backup_that_was_drilled(one: Attacked) -> str:
    one.drill(one.real[0])
    one.lose_manifest(one.real[0])
    return "it has no manifest, yet drills/"


def a_manifest_that_is_gone_of_a_backup_that_is_held(one: Attacked) -> str:
    hold = Hold("operator", one.now + DAY)
    one.catalog.put_new(keys.hold(one.real[0].backup, hold), hold.to_bytes())
    one.lose_manifest(one.real[0])
    return ""


def a_manifest_that_is_gone_of_a_backup_whose_archive_another_manifest_names(one: Attacked) -> str:
    one.manifest(one.stamp(1), one.real[0])
    one.lose_manifest(one.real[0])
    return f"which is named by {one.stamp(1)}"


def a_mark_that_condemns_a_real_backup(one: Attacked) -> str:
    condemn(one.catalog, one.real[0].backup)
    return ""


# --- tombstones -------------------------------------------------------------------------------------


def a_tombstone_of_a_backup_that_is_there(one: Attacked) -> str:
    one.tombstone(one.real[0].backup, one.real[0])
    return ""


def a_tombstone_whose_manifest_names_another_backup_s_archive(one: Attacked) -> str:
    one.tombstone(one.stamp(1), replace(one.real[0], backup=one.stamp(1)))
    return "belongs to another backup there"


def a_tombstone_that_holds_another_backup_s_manifest(one: Attacked) -> str:
    one.tombstone(one.stamp(1), one.real[0])
    return f"it is the manifest of {one.real[0].backup}"


def a_tombstone_of_a_held_backup_whose_manifest_is_gone(one: Attacked) -> str:
    a_manifest_that_is_gone_of_a_backup_that_is_held(one)
    one.tombstone(one.real[0].backup, one.real[0])
    return "is held by operator"


def a_tombstone_of_an_archive_that_a_manifest_names_too(one: Attacked) -> str:
    a_manifest_that_is_gone_of_a_backup_whose_archive_another_manifest_names(one)
    one.tombstone(one.real[0].backup, one.real[0])
    return f"is named by {one.stamp(1)} too"


# --- manifests --------------------------------------------------------------------------------------


def newer_manifests_of_archives_that_are_not_there(one: Attacked) -> str:
    absent = replace(one.real[0].archive, ref=one.real[0].archive.ref.replace("0", "1"))
    for days in (1, 2, 3):
        one.manifest(one.stamp(days), one.real[0], archive=absent)
    return "is not in this vault"


def newer_manifests_that_name_a_real_backup_s_archive(one: Attacked) -> str:
    for days in (1, 2, 3):
        one.manifest(one.stamp(days), one.real[0], started=one.made + days * DAY)
    return f"belongs to {one.real[0].backup}"


def manifests_that_say_they_are_later_than_their_archives(one: Attacked) -> str:
    for days in (1, 2, 3):
        archive = one.store(one.stamp(days))
        one.manifest(one.stamp(days), one.real[0], archive=archive, started=one.made + (days + 1) * DAY)
    return "its archive was stored at"


def manifests_whose_stamps_are_later_than_their_snapshots(one: Attacked) -> str:
    for days in (2, 3, 4):
        archive = one.store(one.stamp(days))
        one.manifest(one.stamp(days), one.real[0], archive=archive, started=one.made)
    return "long before its stamp"


def a_manifest_put_in_place_of_another_s_that_names_no_archive_of_its_own(one: Attacked) -> str:
    one.manifest(one.real[0].backup, one.real[1])
    return f"belongs to {one.real[1].backup}"


def a_manifest_that_names_another_backup_s_proof(one: Attacked) -> str:
    backup = BackupId(SOURCE, stamp_of(one.made - 30 * HOUR))
    one.manifest(backup, one.real[0], archive=one.store(backup), started=backup.moment)
    return ""


# --- leases -----------------------------------------------------------------------------------------


def a_lease_by_which_a_prune_is_at_work_for_ever(one: Attacked) -> str:
    one.lease(keys.prune_lease(SOURCE), one.made, one.now + 9_999 * DAY)
    return ""


def a_lease_by_which_a_prune_will_be_at_work(one: Attacked) -> str:
    one.lease(keys.prune_lease(SOURCE), one.now + 9_999 * DAY, one.now + 9_999 * DAY)
    return ""


FORGERIES = [
    a_record_of_a_dead_run_that_names_a_real_backup_s_archive,
    a_record_of_a_real_backup_that_names_another_one_s_archive,
    a_record_beside_a_manifest_that_cannot_be_read,
    a_manifest_that_is_gone_of_a_backup_that_was_completed,
    a_manifest_that_is_gone_of_a_backup_that_was_drilled,
    a_manifest_that_is_gone_of_a_backup_that_is_held,
    a_manifest_that_is_gone_of_a_backup_whose_archive_another_manifest_names,
    a_mark_that_condemns_a_real_backup,
    a_tombstone_of_a_backup_that_is_there,
    a_tombstone_whose_manifest_names_another_backup_s_archive,
    a_tombstone_that_holds_another_backup_s_manifest,
    a_tombstone_of_a_held_backup_whose_manifest_is_gone,
    a_tombstone_of_an_archive_that_a_manifest_names_too,
    newer_manifests_of_archives_that_are_not_there,
    newer_manifests_that_name_a_real_backup_s_archive,
    manifests_that_say_they_are_later_than_their_archives,
    manifests_whose_stamps_are_later_than_their_snapshots,
    a_manifest_put_in_place_of_another_s_that_names_no_archive_of_its_own,
    a_manifest_that_names_another_backup_s_proof,
    a_lease_by_which_a_prune_is_at_work_for_ever,
    a_lease_by_which_a_prune_will_be_at_work,
]
IN_RESTIC = [FORGERIES[0], FORGERIES[3], FORGERIES[9], FORGERIES[12], FORGERIES[14]]
"""Restic is slow, and its vault is another witness only of refs."""


def _costs_nothing(attacked: Attacked, forge: Callable[[Attacked], str]) -> None:
    told = forge(attacked)
    policy = Policy(last=4) if forge is a_manifest_that_names_another_backup_s_proof else Policy(last=3)
    pruned = attacked.prune(policy)
    assert told in said(pruned)
    assert (attacked.lost(), pruned.removed, pruned.leftovers) == ([], [], [])


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_forgery_costs_no_real_backup_and_is_told(in_s3, forge):
    _costs_nothing(in_s3, forge)


@pytest.mark.parametrize("forge", IN_RESTIC, ids=lambda forge: forge.__name__)
def test_a_forgery_costs_no_real_backup_in_restic(in_restic, forge):
    _costs_nothing(in_restic, forge)


def test_what_a_dead_run_left_is_still_removed_beside_forgeries(in_s3):
    dead = BackupId(SOURCE, stamp_of(in_s3.made - 4 * HOUR))
    left = in_s3.store(dead)
    in_s3.lease(keys.claim(dead), in_s3.made, in_s3.now + 9_999 * DAY)
    a_record_of_a_dead_run_that_names_a_real_backup_s_archive(in_s3)
    assert in_s3.prune().leftovers == [left.ref]
    assert in_s3.lost() == []


def test_a_backup_that_goes_takes_no_proof_with_it_that_another_names(in_s3):
    backup = BackupId(SOURCE, stamp_of(in_s3.made - 30 * HOUR))
    thief = in_s3.manifest(backup, in_s3.real[0], archive=in_s3.store(backup), started=backup.moment)
    assert thief.proof == in_s3.real[0].proof
    assert in_s3.prune().removed == [backup]
    assert in_s3.lost() == []


def test_an_archive_that_was_put_in_place_of_a_real_one_does_not_make_that_a_leftover(in_s3):
    """The stamp is long past: what was stored first is the backup's."""
    real = in_s3.real[0]
    old = BackupId(SOURCE, stamp_of(in_s3.made - 5 * DAY))
    first, swapped = in_s3.store(old, seed=1), in_s3.store(old, seed=2)
    in_s3.manifest(old, real, archive=swapped, started=old.moment, proof=real.proof)
    pruned = in_s3.prune(Policy(last=4))
    assert "they are older than the one its manifest names" in said(pruned)
    assert first.ref in {archive.ref for archive in in_s3.vault.archives()}


# --- drills -----------------------------------------------------------------------------------------


def a_verdict_without_a_report(one: Attacked) -> None:
    one.catalog.put_new(keys.drill_verdict(one.real[2].backup, DRILL, Verdict.PASSED), b"{}")


def a_verdict_whose_report_says_something_else(one: Attacked) -> None:
    one.drill(one.real[2], Verdict.FAILED, said=Verdict.PASSED)


def a_report_of_other_bytes(one: Attacked) -> None:
    one.drill(replace(one.real[2], archive=replace(one.real[2].archive, sha256="ab" * 32)))


def a_report_that_was_held_against_another_proof(one: Attacked) -> None:
    one.drill(replace(one.real[2], proof=replace(one.real[2].proof, sha256="ab" * 32)))


def a_report_that_cannot_be_read(one: Attacked) -> None:
    a_verdict_without_a_report(one)
    one.catalog.put_new(keys.drill_report(one.real[2].backup, DRILL), b"{")


PROOFS = [
    a_verdict_without_a_report,
    a_verdict_whose_report_says_something_else,
    a_report_of_other_bytes,
    a_report_that_was_held_against_another_proof,
    a_report_that_cannot_be_read,
]


@pytest.mark.parametrize("forge", PROOFS, ids=lambda forge: forge.__name__)
def test_a_forged_proof_neither_is_chosen_nor_takes_the_place_of_a_real_one(in_s3, forge):
    in_s3.drill(in_s3.real[0])
    forge(in_s3)
    assert ListBackups(in_s3.catalog).choose(SOURCE, "newest-proven") == in_s3.real[0]
    pruned = in_s3.prune(Policy(last=1))
    assert f"verdict passed of {in_s3.real[2].backup} does not count" in said(pruned)
    assert in_s3.real[0].backup not in pruned.removed


def test_a_forged_proof_alone_is_none(in_s3):
    a_verdict_without_a_report(in_s3)
    with pytest.raises(NothingToWorkOnError, match="that a drill has proven"):
        ListBackups(in_s3.catalog).choose(SOURCE, "newest-proven")


@pytest.mark.parametrize("second", [Verdict.FAILED, Verdict.INCONCLUSIVE])
def test_of_two_verdicts_the_report_decides(in_s3, second):
    in_s3.drill(in_s3.real[0])
    in_s3.catalog.put_new(keys.drill_verdict(in_s3.real[0].backup, DRILL, second), b"{}")
    assert ListBackups(in_s3.catalog).choose(SOURCE, "newest-proven") == in_s3.real[0]
    assert in_s3.real[0].backup not in in_s3.prune(Policy(last=1)).removed


def test_a_proven_backup_that_a_forged_drill_calls_failed_goes_only_if_a_person_confirms(in_s3):
    in_s3.drill(in_s3.real[0])
    later = "20261129T030000Z"
    report = (
        b'{"version": 1, "verdict": "failed", "findings": [], "not_checked": [], "reason": "", "seconds": {}}'
    )
    in_s3.catalog.put_new(keys.drill_report(in_s3.real[0].backup, later), report)
    in_s3.catalog.put_new(keys.drill_verdict(in_s3.real[0].backup, later, Verdict.FAILED), report)
    with pytest.raises(MuchAtOnceError, match="is proven, and no newer proven backup replaces it"):
        in_s3.prune(Policy(last=1))
    assert in_s3.lost() == []


# --- much at once -----------------------------------------------------------------------------------


def test_records_of_many_real_archives_whose_manifests_are_gone_remove_nothing_without_a_person(in_s3):
    """Where nothing else tells that there were backups, their number does."""
    for hours in (4, 5):
        in_s3.real.append(in_s3.back_up(in_s3.made - hours * HOUR))
    for manifest in in_s3.real[:4]:
        in_s3.lose_manifest(manifest)
    with pytest.raises(
        MuchAtOnceError, match="4 archives left behind by failed runs would be removed at once"
    ):
        in_s3.prune()
    assert in_s3.lost() == []


def test_many_tombstones_remove_nothing_without_a_person(in_s3):
    for hours in (4, 5):
        in_s3.real.append(in_s3.back_up(in_s3.made - hours * HOUR))
    for manifest in in_s3.real[:4]:
        in_s3.tombstone(manifest.backup, manifest)
        in_s3.lose_manifest(manifest)
    with pytest.raises(MuchAtOnceError, match="4 of 5 backups would be removed at once"):
        in_s3.prune()
    assert in_s3.lost() == []
