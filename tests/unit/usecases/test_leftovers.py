"""What dead runs left is removed; what may be somebody's is not."""

from datetime import datetime, timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.errors import DeleteRefusedError, VaultAccessError
from scims_backup.domain.retention import Policy
from scims_backup.usecases.backups.run_records import StoredRecord
from tests.mortal import Life
from tests.unit.usecases.pruning import NOW, Place, night

DEAD = BackupId("scims-db", "20261119T020000Z")


@pytest.fixture
def place():
    place = Place()
    place.add(night(0))
    return place


def _leftovers(place):
    return place.pruning().run(Policy(daily=7), NOW).leftovers


def test_bytes_of_a_run_that_died_are_removed_with_its_proof_and_its_claim(place):
    place.claim(DEAD)
    ref = place.store(DEAD)
    place.catalog.put_new(keys.proof(DEAD), b"proof")
    assert _leftovers(place) == [ref]
    assert place.stored() == set(place.backups()) == {night(0)}
    assert not [key for key in place.catalog.objects if DEAD.stamp in key]


def test_a_run_that_failed_is_a_dead_run(place):
    place.catalog.put_new(keys.failed_run(DEAD, "id1"), b"{}")
    ref = place.store(DEAD)
    assert _leftovers(place) == [ref]


def test_bytes_of_which_the_catalog_knows_nothing_are_not_touched(place):
    place.claim(DEAD)
    place.store_unnoted(DEAD)
    assert _leftovers(place) == []
    assert DEAD in place.stored()


def test_an_empty_catalog_removes_nothing_from_a_full_vault(place):
    place.store(DEAD)
    place.catalog.objects.clear()
    assert _leftovers(place) == []
    assert len(place.vault.stored) == 2


@pytest.mark.parametrize(("age", "spared"), [(timedelta(hours=48), True), (timedelta(hours=49), False)])
def test_a_run_is_spared_until_it_is_older_than_the_longest_run_and_a_day(place, age, spared):
    backup = BackupId("scims-db", stamp_of(NOW - age))
    place.claim(backup)
    place.store(backup)
    assert (_leftovers(place) == []) is spared


def test_an_archive_that_the_vault_says_is_young_is_spared_whatever_its_stamp(place):
    place.claim(DEAD)
    place.store(DEAD)
    place.vault.stored_at = NOW - timedelta(hours=47)
    assert _leftovers(place) == []
    assert keys.claim(DEAD) in place.catalog.objects


def test_a_young_run_is_spared(place):
    young = night(1)
    place.claim(young)
    place.store(young)
    assert _leftovers(place) == []
    assert keys.claim(young) in place.catalog.objects


def test_a_claim_that_is_live_spares_its_bytes(place):
    place.store(DEAD)
    holder = place.claim_until(DEAD, NOW + timedelta(minutes=1))
    assert holder in place.catalog.objects
    assert _leftovers(place) == []


def test_a_second_archive_of_a_backup_is_removed_and_that_of_the_manifest_stays(place):
    place.add(DEAD)
    second = place.store(DEAD)
    assert _leftovers(place) == [second]
    assert place.phantoms() == []


def test_a_backup_that_is_being_removed_is_no_leftover(place):
    place.claim(DEAD)
    place.catalog.put_new(keys.tombstone(DEAD), b"unreadable")
    ref = place.store(DEAD)
    pruned = place.pruning().run(Policy(daily=7), NOW)
    assert pruned.leftovers == []
    assert [one.backup for one in pruned.refused] == [DEAD]
    assert ref in place.vault.stored


def test_unfinished_stores_are_discarded_that_began_before_the_longest_run(place):
    asked: list[datetime] = []
    place.vault.discard_unfinished = asked.append
    _leftovers(place)
    assert asked == [NOW - timedelta(hours=48)]


def test_an_archive_that_another_catalog_s_run_stored_for_the_same_time_is_not_touched(place):
    place.add(DEAD)
    theirs = place.store_unnoted(DEAD)
    assert _leftovers(place) == []
    assert theirs in place.vault.stored


def test_archives_that_have_got_other_names_are_not_touched(place):
    place.add(DEAD)
    place.store(DEAD)
    stored = place.vault.stored
    place.vault.stored = {"new" + ref: kept for ref, kept in stored.items()}
    _leftovers(place)
    assert len(place.vault.stored) == len(stored)


def test_a_leftover_that_the_vault_keeps_hides_no_other(place):
    other = BackupId("scims-db", "20261118T020000Z")
    refs = [place.store(backup) for backup in (other, DEAD)]
    delete = place.vault.delete

    def refuse(ref):
        if ref == refs[0]:
            raise DeleteRefusedError("locked until 2027")
        delete(ref)

    place.vault.delete = refuse
    pruned = place.pruning().run(Policy(daily=7), NOW)
    assert pruned.leftovers == refs[1:]
    assert "locked until 2027" in pruned.problems[0]
    del place.vault.delete
    assert _leftovers(place) == refs[:1]


def test_uploads_that_cannot_be_discarded_are_told(place):
    def refuse(_before):
        raise VaultAccessError("not allowed")

    place.vault.discard_unfinished = refuse
    assert "not allowed" in place.pruning().run(Policy(daily=7), NOW).problems[0]


def test_a_leftover_of_another_vault_stays_known(place):
    place.catalog.put_new(keys.stored_by_run(DEAD, "id1"), StoredRecord("restic", "ab" * 32).to_bytes())
    assert _leftovers(place) == []
    assert list(place.catalog.keys(keys.run_of(DEAD))) == [keys.stored_by_run(DEAD, "id1")]


def test_a_run_that_commits_while_its_leftovers_are_looked_for_keeps_them(place):
    place.store(DEAD)

    def commits(_moment, name):
        if name == f"after put_new {keys.condemned_run(DEAD)}":
            place.add(DEAD)

    place.pruning(Life(commits)).run(Policy(daily=7), NOW)
    assert DEAD in place.backups()
    assert place.phantoms() == []


def test_leftovers_of_a_backup_that_is_removed_are_removed_too(place):
    place.add(DEAD)
    place.store(DEAD)
    place.pruning().run(Policy(last=1), NOW)
    assert place.stored() == {night(0)}
    assert not [key for key in place.catalog.objects if DEAD.stamp in key]
