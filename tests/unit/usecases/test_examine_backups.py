"""Whether catalog and vault agree, and how old the newest backups are, with both of them in memory."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.errors import VaultGoneError
from scims_backup.domain.health import NotCheckedError, State
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.status import Topic, Watched
from scims_backup.domain.tombstone import Tombstone
from scims_backup.domain.verdict import Verdict
from scims_backup.ports.leases import Holder
from scims_backup.usecases.reports.examine_backups import ExamineBackups
from tests.fakes import a_manifest, put_backup, put_drill
from tests.unit.usecases.pruning import NOW, SOURCE, Place, night

OLD, RECENT = night(5), night(0)
DAY = timedelta(days=1)


@pytest.fixture
def place():
    place = Place()
    for backup in (OLD, RECENT):
        place.add(backup)
    return place


def _looking(place, now=NOW):
    return ExamineBackups(Watched(SOURCE), lambda: place.catalog, lambda: place.vault, lambda: now, DAY)


def _disagreements(place):
    seen = list(_looking(place).look_at_agreement())
    return [one.message for one in seen if one.state is State.PROBLEM]


def test_a_manifest_for_every_archive_and_an_archive_for_every_manifest_is_fine(place):
    (seen,) = _looking(place).look_at_agreement()
    assert (seen.state, "manifest and archive: 2;" in seen.message) == (State.FINE, True)


def test_a_manifest_without_archive_is_told(place):
    place.vault.stored.pop(next(ref for ref, (backup, _) in place.vault.stored.items() if backup == OLD))
    assert _disagreements(place) == [f"manifest without archive: {OLD}"]


def test_a_backup_that_was_pruned_while_we_looked_is_no_disagreement(place):
    looking = _looking(place)
    list(looking.look_at_catalog())
    place.vault.stored.pop(next(ref for ref, (backup, _) in place.vault.stored.items() if backup == OLD))
    place.catalog.delete(keys.manifest(OLD))
    assert [one.state for one in looking.look_at_agreement()] == [State.FINE]


def test_a_manifest_of_another_kind_of_vault_is_not_missed(place):
    put_backup(place.catalog, a_manifest("20261120T020000Z"))  # in restic
    assert _disagreements(place) == []


@pytest.mark.parametrize(("hours", "told"), [(48, False), (49, True)])
def test_an_archive_without_manifest_is_told_once_no_run_can_be_at_work_on_it(place, hours, told):
    stray = next(ref for ref, (backup, _) in place.vault.stored.items() if backup == OLD)
    place.catalog.delete(keys.manifest(OLD))
    (seen,) = _looking(place, OLD.moment + timedelta(hours=hours)).look_at_agreement()
    assert (seen.state is State.PROBLEM) is told
    assert (f"archive without manifest: {OLD} ({stray})" in seen.message) is told


def test_an_archive_whose_run_holds_its_claim_is_spared(place):
    place.catalog.delete(keys.manifest(OLD))
    place.catalog.delete(keys.claim(OLD))
    place.claim_until(OLD, NOW + DAY)
    assert _disagreements(place) == []


def test_a_second_archive_of_a_backup_is_a_stray(place):
    place.vault.stored["second"] = (OLD, b"bytes")
    assert _disagreements(place) == [f"archive without manifest: {OLD} (second)"]


def test_a_manifest_that_cannot_be_read_is_told_and_its_archive_is_no_stray(place):
    place.catalog.objects[keys.manifest(OLD)] = b"{"
    assert _disagreements(place) == [f"manifest that cannot be read: {OLD}"]


def test_a_record_of_a_run_that_cannot_be_read_is_told(place):
    key = keys.run_record(SOURCE, NOW, "backup", "x")
    place.catalog.put_new(key, b"{")
    (told,) = _disagreements(place)
    assert key in told


def test_a_removal_that_nobody_goes_on_with_is_told_and_its_archive_is_no_stray(place):
    manifest = place.catalog.get(keys.manifest(OLD))
    place.catalog.put_new(keys.tombstone(OLD), Tombstone(manifest).to_bytes())
    place.catalog.delete(keys.manifest(OLD))
    assert _disagreements(place) == [f"the removal of {OLD} started but was never finished"]


def test_a_removal_that_a_prune_is_at_is_no_problem(place):
    manifest = place.catalog.get(keys.manifest(OLD))
    place.catalog.put_new(keys.tombstone(OLD), Tombstone(manifest).to_bytes())
    place.catalog.put_new(keys.prune_lease(SOURCE), Holder("a-prune", NOW, NOW + DAY).to_bytes())
    assert _disagreements(place) == []


def test_something_else_beside_the_manifests_is_passed_over(place):
    place.catalog.put_new(f"{keys.manifests(SOURCE)}zzz.json", b"{")
    assert _disagreements(place) == []
    (seen,) = _looking(place).look_at(Topic.NEWEST)
    assert (seen.state, str(RECENT) in seen.message) == (State.FINE, True)


def test_a_vault_that_is_gone_is_no_problem_before_the_first_backup_only(place):
    def gone():
        raise VaultGoneError("gone")

    place.vault.archives = gone
    with pytest.raises(VaultGoneError):
        list(_looking(place).look_at_vault())
    place.catalog.objects.clear()
    with pytest.raises(NotCheckedError, match="the first backup creates it"):
        list(_looking(place).look_at_vault())


def _proven(place, now):
    (seen,) = _looking(place, now).look_at(Topic.PROVEN)
    return seen.state


def test_without_a_proven_backup_the_first_one_s_age_counts(place):
    assert _proven(place, OLD.moment + 8 * DAY) is State.NOT_CHECKED
    assert _proven(place, OLD.moment + 8 * DAY + timedelta(seconds=1)) is State.PROBLEM


def test_since_when_proofs_are_missing_is_read_where_it_was_noted(place):
    since = OLD.moment - 9 * DAY
    note = f'{{"version": 1, "since": "{since.isoformat()}"}}'.encode()
    place.catalog.put_new(keys.drills_since(SOURCE), note)
    assert _proven(place, OLD.moment) is State.PROBLEM


def test_the_newest_proven_backup_counts_and_not_the_newest_drill():
    place = Place()
    place.add(OLD, Verdict.PASSED)
    place.add(RECENT, Verdict.FAILED)
    assert _proven(place, OLD.moment + 8 * DAY) is State.FINE
    assert _proven(place, OLD.moment + 9 * DAY) is State.PROBLEM


def test_a_proof_by_another_after_restore_is_a_problem():
    place = Place()
    place.add(OLD, Verdict.PASSED)
    looking = replace(_looking(place, OLD.moment + DAY), watched=Watched(SOURCE, after_restore="a" * 64))
    (seen,) = looking.look_at(Topic.PROVEN)
    assert seen.state is State.PROBLEM
    assert seen.message == f"{OLD} was proven with a different after_restore than the current setting"
    assert _proven(place, OLD.moment + DAY) is State.FINE


def test_before_the_first_backup_doctor_says_what_comes_next_and_finds_no_problem(place):
    place.catalog.objects.clear()
    looking = _looking(place)
    seen = [one for topic in Topic for one in looking.look_at(topic)]
    assert {one.state for one in seen} == {State.NOT_CHECKED}
    assert seen[0].cure == "take the first one: scims-backup backup"


@pytest.mark.parametrize(("archives", "is_new"), [(True, False), (False, True)])
def test_a_source_is_new_while_neither_backups_nor_archives_are_known(place, archives, is_new):
    assert not _looking(place).is_new()
    place.catalog.objects.clear()
    if not archives:
        place.vault.stored.clear()
    assert _looking(place).is_new() is is_new


def test_the_newest_archive_s_size_is_the_measure_for_room(place):
    newest = Manifest.from_bytes(place.catalog.get(keys.manifest(RECENT)), "manifest")
    assert _looking(place).newest_archive_bytes() == newest.archive.bytes
    place.catalog.objects.clear()
    assert _looking(place).newest_archive_bytes() is None


def test_nothing_is_written(place):
    before = dict(place.catalog.objects)
    looking = _looking(place)
    for look in (looking.look_at_catalog, looking.look_at_vault, looking.look_at_agreement):
        list(look())
    for topic in Topic:
        list(looking.look_at(topic))
    assert place.catalog.objects == before


@pytest.mark.parametrize(
    ("verdicts", "state", "words"),
    [
        ((None, None), State.NOT_CHECKED, "no drill has ended yet"),
        ((Verdict.PASSED, None), State.FINE, f"{OLD}: its drill passed"),
        (
            (Verdict.PASSED, Verdict.FAILED),
            State.PROBLEM,
            f"{RECENT}: its drill FAILED: 1 difference (table ",
        ),
        ((Verdict.FAILED, None), State.PROBLEM, f"{OLD}: its drill FAILED"),
        ((Verdict.FAILED, Verdict.PASSED), State.FINE, f"{RECENT}: its drill passed"),
        (
            (Verdict.PASSED, Verdict.INCONCLUSIVE),
            State.NOT_CHECKED,
            f"{RECENT}: its drill was inconclusive, so it is not proven: no space",
        ),
    ],
)
def test_the_newest_backup_that_was_drilled_decides(place, verdicts, state, words):
    for backup, verdict in zip((OLD, RECENT), verdicts, strict=True):
        put_drill(place.catalog, backup, "drill", verdict)
    (seen,) = _looking(place).look_at(Topic.VERDICT)
    assert (seen.state, seen.message[: len(words)]) == (state, words)
    assert bool(seen.cure) is (state is not State.FINE)
