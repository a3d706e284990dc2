"""Copying a backup: the same bytes elsewhere, or nothing that counts there."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.errors import (
    AlreadyRunningError,
    ArchiveDamagedError,
    ArchiveMissingError,
    CopyTooSlowError,
    DocumentError,
    KeyTakenError,
    NothingToWorkOnError,
    VaultAccessError,
    VaultFullError,
    VaultUnreachableError,
)
from scims_backup.domain.retention import Policy
from scims_backup.domain.second_copy import CopyRecord
from scims_backup.ports.leases import Holder
from scims_backup.usecases.backups.run_records import condemn
from tests.mortal import DeadError, Life, changes, dying_at
from tests.unit.usecases.copying import ARCHIVE, BACKUP, NOW, SOURCE, THERE, FullVault, Sides, missing


@pytest.fixture
def sides():
    sides = Sides()
    sides.add()
    return sides


def test_a_copy_has_the_same_bytes_and_a_manifest_that_differs_in_the_archive_s_place_alone(sides):
    copied = sides.copying().run(BACKUP)
    original = keys.manifest(BACKUP)
    here = copied.manifest.__class__.from_bytes(sides.catalog.get(original), original)
    there = sides.manifest_there()
    assert sides.there_vault.stored[there.archive.ref] == (BACKUP, ARCHIVE)
    assert there == copied.manifest
    same = replace(there.archive, ref=here.archive.ref, stored_bytes=here.archive.stored_bytes)
    assert replace(there, archive=same) == here
    assert sides.there_catalog.get(there.proof.key) == sides.catalog.get(here.proof.key)
    assert sides.listed_there() == [BACKUP]


def test_what_a_newer_program_wrote_into_the_manifest_is_copied_too(sides):
    key = keys.manifest(BACKUP)
    document = {**json.loads(sides.catalog.get(key)), "of a newer program": {"a": 1}}
    sides.catalog.objects[key] = json.dumps(document).encode()
    sides.copying().run(BACKUP)
    assert json.loads(sides.there_catalog.get(key))["of a newer program"] == {"a": 1}


def test_a_copy_is_told_and_noted_in_the_catalog_of_the_source(sides):
    copied = sides.copying().run(BACKUP)
    record = CopyRecord.of(copied.manifest, THERE)
    assert CopyRecord.from_bytes(sides.catalog.get(record.key), record.key) == record
    assert sides.events() == ["CopyCompleted"]
    assert not sides.is_held()


def test_copying_again_finds_the_copy_and_changes_nothing_there(sides):
    sides.copying().run(BACKUP)
    before = dict(sides.there_catalog.objects), dict(sides.there_vault.stored)
    again = sides.copying().run(BACKUP)
    assert again.already
    assert (sides.there_catalog.objects, sides.there_vault.stored) == before
    assert sides.events() == ["CopyCompleted"]


def test_a_copy_holds_the_backup_until_it_is_over(sides):
    held = []

    class Watched(Life):
        def moment(self, name):
            if name.startswith("before put_new manifests/"):
                held.append(sides.is_held())

    sides.copying(Watched()).run(BACKUP)
    assert held == [True]
    assert not sides.is_held()


@pytest.mark.parametrize("data", [b"", ARCHIVE[:-1], ARCHIVE + b"x", b"Q" + ARCHIVE[1:]])
def test_of_a_damaged_archive_nothing_is_kept_there(sides, data):
    ref = next(iter(sides.vault.stored))
    sides.vault.stored[ref] = (BACKUP, data)
    with pytest.raises(ArchiveDamagedError, match=f"of {BACKUP} is damaged"):
        sides.copying().run(BACKUP)
    assert sides.there_vault.stored == {}
    assert sides.listed_there() == []
    assert sides.events() == ["CopyFailed"]
    assert not sides.is_held()


def test_of_an_archive_that_is_gone_nothing_is_kept_there(sides):
    sides.vault.stored.clear()
    with pytest.raises(ArchiveMissingError):
        sides.copying().run(BACKUP)
    assert sides.listed_there() == []


def test_a_damaged_proof_is_found_before_the_archive_is_moved(sides):
    sides.catalog.objects[keys.proof(BACKUP)] = b"x"
    with pytest.raises(DocumentError, match="its SHA-256 is not the manifest's"):
        sides.copying().run(BACKUP)
    assert sides.there_vault.prepared == 0


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("error", [VaultFullError, VaultAccessError, VaultUnreachableError])
def test_a_vault_there_that_takes_it_not_leaves_no_copy_and_the_next_one_succeeds(sides, error, after):
    whole, sides.there_vault = sides.there_vault, FullVault(error("no"), after)
    with pytest.raises(error):
        sides.copying().run(BACKUP)
    assert sides.listed_there() == []
    assert sides.events() == ["CopyFailed"]
    sides.there_vault = whole
    sides.copying().run(BACKUP)
    assert sides.listed_there() == [BACKUP]


def test_a_vault_there_that_refuses_is_not_paid_for_to_the_archive_s_end(sides):
    sides.there_vault = FullVault(VaultFullError("no"))
    with pytest.raises(VaultFullError):
        sides.copying().run(BACKUP)
    assert not [told for told in sides.progress.told if told[0] == "bytes"]


def test_a_backup_that_is_being_removed_is_not_copied(sides):
    sides.catalog.put_new(keys.tombstone(BACKUP), b"{}")
    with pytest.raises(NothingToWorkOnError, match="is being removed"):
        sides.copying().run(BACKUP)
    assert sides.there_vault.stored == {}


def test_a_backup_that_is_gone_is_not_copied(sides):
    sides.catalog.delete(keys.manifest(BACKUP))
    with pytest.raises(NothingToWorkOnError, match="there is no backup"):
        sides.copying().run(BACKUP)


def test_another_backup_of_that_name_there_is_no_copy(sides):
    sides.copying().run(BACKUP)
    sides.catalog.delete(keys.manifest(BACKUP))
    sides.catalog.delete(keys.proof(BACKUP))
    sides.add(data=b"other")
    with pytest.raises(DocumentError, match="is a different backup"):
        sides.copying().run(BACKUP)
    assert sides.events() == ["CopyCompleted", "CopyFailed"]


def test_a_proof_with_other_bytes_there_is_not_taken_for_the_backup_s(sides):
    sides.there_catalog.put_new(keys.proof(BACKUP), b"forged")
    with pytest.raises(KeyTakenError):
        sides.copying().run(BACKUP)
    assert sides.listed_there() == []


@pytest.mark.parametrize(
    "key",
    [
        "manifests/scims-db/20301122T020000Z.json",
        "runs/scims-db/20261122T020000Z/condemned.json",
        "proofs/scims-db/20261123T020000Z.json.zst",
        "proofs/scims-db/20261122T020000Z/../x.json.zst",
        "proofs/other/20261122T020000Z.json.zst",
    ],
)
def test_a_forged_manifest_writes_nothing_there_under_another_key_than_its_own_proof_s(sides, key):
    about = keys.manifest(BACKUP)
    document = json.loads(sides.catalog.get(about))
    sides.catalog.objects[key] = sides.catalog.get(document["proof"]["key"])
    document["proof"]["key"] = key
    sides.catalog.objects[about] = json.dumps(document).encode()
    with pytest.raises(DocumentError, match="belongs to something else"):
        sides.copying().run(BACKUP)
    assert key not in sides.there_catalog.objects


def test_the_proof_of_a_later_try_is_its_backup_s_own(sides):
    about, later = keys.manifest(BACKUP), keys.proof(BACKUP, 2)
    document = json.loads(sides.catalog.get(about))
    sides.catalog.objects[later] = sides.catalog.get(document["proof"]["key"])
    document["proof"]["key"] = later
    sides.catalog.objects[about] = json.dumps(document).encode()
    sides.copying().run(BACKUP)
    assert sides.listed_there() == [BACKUP]


def test_a_run_that_claims_the_stamp_there_is_left_alone(sides):
    holder = Holder("a-run", NOW, NOW + timedelta(hours=1))
    sides.there_catalog.put_new(keys.claim(BACKUP), holder.to_bytes())
    with pytest.raises(AlreadyRunningError, match="claimed"):
        sides.copying().run(BACKUP)


def test_what_a_prune_there_removes_just_now_is_copied_after_it(sides):
    condemn(sides.there_catalog, BACKUP)
    with pytest.raises(AlreadyRunningError, match="after the next prune there"):
        sides.copying().run(BACKUP)
    assert sides.listed_there() == []


def test_a_copy_whose_bytes_a_prune_there_has_begun_to_remove_lets_none_exist(sides):
    class Condemning(Life):
        def moment(self, name):
            if name.startswith("before put_new proofs/"):
                condemn(sides.there_catalog, BACKUP)

    with pytest.raises(AlreadyRunningError, match="are being removed"):
        sides.copying(Condemning()).run(BACKUP)
    assert sides.listed_there() == []


class _Another(Life):
    """Lets another copy run from its beginning to its end at one moment."""

    def __init__(self, sides, at):
        super().__init__(self._run)
        self._sides, self._at, self._ran = sides, at, False

    def _run(self, _number, name):
        if name == self._at and not self._ran:
            self._ran = True
            self._sides.now += timedelta(seconds=1)
            self.other().run(BACKUP)

    def other(self):
        return self._sides.copying()


class _Slow(Life):
    """Lets time pass at the first moment of a name."""

    def __init__(self, sides, at, takes):
        super().__init__()
        self._sides, self._at, self._takes = sides, at, takes

    def moment(self, name):
        if name.startswith(self._at):
            self._sides.now += self._takes
            self._takes = timedelta()


@pytest.mark.parametrize("at", ["after read ", "after put_new proofs/"])
def test_a_copy_that_took_longer_than_its_claim_lets_none_exist(sides, at):
    with pytest.raises(AlreadyRunningError, match="took so long"):
        sides.copying(_Slow(sides, at, timedelta(hours=24, minutes=1))).run(BACKUP)
    assert sides.listed_there() == []
    assert sides.events() == ["CopyFailed"]


def test_an_archive_that_comes_too_late_is_not_stored_there(sides):
    with pytest.raises(AlreadyRunningError, match="took so long"):
        sides.copying(_Slow(sides, "after read ", timedelta(hours=24, minutes=1))).run(BACKUP)
    assert sides.there_vault.stored == {}


def test_a_copy_takes_as_long_as_it_may(sides):
    sides.copying(_Slow(sides, "after read ", timedelta(hours=24))).run(BACKUP)
    assert sides.listed_there() == [BACKUP]


def test_a_copy_that_took_too_long_has_not_failed_if_another_one_has_ended(sides):
    class Overtaken(_Another):
        def _run(self, number, name):
            super()._run(number, name)
            if name == self._at and sides.now < NOW + timedelta(hours=24):
                sides.now += timedelta(hours=24, minutes=1)

    assert sides.copying(Overtaken(sides, "before prepare")).run(BACKUP).already
    assert sides.events() == ["CopyCompleted"]


def test_a_copy_that_does_not_end_in_time_stops_without_a_trace_and_is_no_failure(sides):
    with pytest.raises(CopyTooSlowError):
        sides.copying(ends=NOW - timedelta(seconds=1)).run(BACKUP)
    assert (sides.there_vault.stored, sides.events(), sides.is_held()) == ({}, [], False)
    sides.copying().run(BACKUP)
    assert sides.listed_there() == [BACKUP]


CLAIM = keys.claim(BACKUP)


@pytest.mark.parametrize(
    "at",
    [
        *(f"{when} put_new {CLAIM}" for when in ("before", "after")),
        "before prepare",
        *(f"{when} put_new {keys.proof(BACKUP)}" for when in ("before", "after")),
        f"before put_new {keys.manifest(BACKUP)}",
    ],
)
def test_of_two_copies_at_once_the_first_to_end_stands_and_neither_has_failed(sides, at):
    copied = sides.copying(_Another(sides, at)).run(BACKUP)
    assert copied.already
    assert copied.manifest == sides.manifest_there()
    assert sides.listed_there() == [BACKUP]
    assert sides.events() == ["CopyCompleted"]


@pytest.mark.parametrize("at", [CLAIM, keys.proof(BACKUP), keys.manifest(BACKUP)])
def test_a_copy_ends_though_another_one_has_begun_and_is_not_over(sides, at):
    class Killed(_Another):
        def _run(self, number, name):
            with suppress(DeadError):
                super()._run(number, name)

        def other(self):
            return sides.copying(Life(dying_at(MOMENTS.index("before prepare"))))

    copied = sides.copying(Killed(sides, f"before put_new {at}")).run(BACKUP)
    assert not copied.already
    assert sides.there_catalog.get(CLAIM.replace(".json", "~2.json"))
    assert sides.listed_there() == [BACKUP]


def _moments():
    sides, life = Sides(), Life()
    sides.add()
    sides.copying(life).run(BACKUP)
    return life.moments


MOMENTS = _moments()


def test_there_is_a_moment_before_and_after_every_step():
    recorded = ["put_new runs", "put_new proofs", "put_new manifests"]
    before, after = ["put_new holds", "put_new runs"], ["delete holds", "put_new copies", "put_new events"]
    assert changes(MOMENTS) == [*before, "prepare", "store", *recorded, *after]


@pytest.mark.parametrize("moment", range(len(MOMENTS)))
def test_a_copy_that_is_killed_lists_nothing_that_is_not_whole_and_the_next_one_succeeds(sides, moment):
    with pytest.raises(DeadError):
        sides.copying(Life(dying_at(moment))).run(BACKUP)
    listed = sides.listed_there()
    sides.now += timedelta(minutes=1)
    assert sides.copying().run(BACKUP).already == bool(listed)
    assert sides.listed_there() == [BACKUP]


@pytest.mark.parametrize("moment", range(len(MOMENTS)))
def test_what_killed_copies_left_is_removed_by_the_other_side_s_prune_and_nothing_else(sides, moment):
    with pytest.raises(DeadError):
        sides.copying(Life(dying_at(moment))).run(BACKUP)
    strays = len(sides.there_vault.stored) - len(sides.records_there())  # died between archive and record
    sides.now += timedelta(minutes=1)
    sides.copying().run(BACKUP)
    sides.now += timedelta(days=3)
    pruned = sides.prune_there()
    assert (pruned.problems, pruned.refused) == ([], [])
    assert sides.listed_there() == [BACKUP]
    assert len(sides.there_vault.stored) == 1 + strays


OLD = BackupId(SOURCE, stamp_of(NOW - timedelta(days=20)))


def test_an_old_backup_is_not_taken_for_a_dead_run_s_by_a_prune_while_it_is_copied(sides):
    sides.add(OLD)

    class Pruning(Life):
        def moment(self, name):
            if name.startswith("before put_new proofs/"):
                sides.prune_there()

    try:
        sides.copying(Pruning()).run(OLD)
    except AlreadyRunningError:  # the prune was first to say that it removes it
        assert sides.listed_there() == []
    else:
        assert sides.listed_there() == [OLD]


def test_the_other_side_keeps_by_its_own_policy_and_never_less_than_the_newest(sides):
    for days in range(1, 6):
        backup = BackupId(SOURCE, stamp_of(NOW - timedelta(days=days)))
        sides.add(backup)
        sides.copying().run(backup)
    sides.copying().run(BACKUP)
    sides.now += timedelta(days=400)
    sides.prune_there(Policy(last=3))
    assert len(sides.listed_there()) == 3
    sides.prune_there(Policy(daily=1))
    assert sides.listed_there() == [BACKUP]
    assert not missing(sides.catalog, keys.manifest(BACKUP))
