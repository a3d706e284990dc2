"""A prune that dies at each of its moments, and drills that begin at each: no phantom, no loss."""

from contextlib import suppress
from datetime import timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import NothingToWorkOnError
from scims_backup.domain.holds import Hold
from scims_backup.domain.retention import Policy
from scims_backup.usecases.stored.holds import held
from tests.fakes import RecordedProgress
from tests.mortal import DeadError, Life, changes, dying_at
from tests.unit.usecases.pruning import NOW, Place, night, ten_nights

DAILY = Policy(daily=7)
"""Three of the ten go: no more than go without a person."""
DEAD_RUN = BackupId("scims-db", "20261110T120000Z")


def _place() -> Place:
    """Ten nights, and what a run left that died after its proof."""
    place = ten_nights()
    place.claim(DEAD_RUN)
    place.store(DEAD_RUN)
    place.catalog.put_new(keys.proof(DEAD_RUN), b"proof")
    return place


def _moments() -> list[str]:
    life = Life()
    _place().pruning(life).run(DAILY, NOW)
    return life.moments


MOMENTS = _moments()


def _undisturbed():
    place = _place()
    place.pruning().run(DAILY, NOW)
    return place


def test_there_is_a_moment_before_and_after_every_step():
    dead_run = ["put_new runs", "delete", "delete runs", "delete proofs", "delete runs", "delete runs"]
    backup = ["put_new tombstones", "delete manifests", "delete", "delete proofs", "delete runs"]
    removal = [*backup, "delete runs", "delete tombstones"]
    lease, unlease, end = "put_new runs", "delete runs", ["put_new history", "put_new events"]
    assert changes(MOMENTS) == [lease, *dead_run, "discard_unfinished", *removal * 3, unlease, *end]
    assert f"after delete {keys.manifest(night(7))}" in MOMENTS
    assert len(_undisturbed().vault.stored) == 7


@pytest.mark.parametrize("moment", range(len(MOMENTS)))
def test_the_next_prune_finishes_what_one_that_died_began(moment):
    place = _place()
    with pytest.raises(DeadError):
        place.pruning(Life(dying_at(moment))).run(DAILY, NOW)
    assert place.phantoms() == []
    place.now = NOW + timedelta(hours=1, seconds=1)  # the lease of the dead one is over
    pruned = place.pruning().run(DAILY, NOW)
    assert (pruned.refused, place.phantoms()) == ([], [])
    assert place.stored() == set(place.backups()) == set(_undisturbed().backups())
    left = {key for key in place.state()[0] if key.startswith(("tombstones/", "proofs/"))}
    assert left == {keys.proof(backup) for backup in place.backups()}


@pytest.mark.parametrize("backup", [night(9), night(7), night(0)], ids=str)
@pytest.mark.parametrize("moment", range(len(MOMENTS)))
def test_a_drill_that_begins_at_any_moment_keeps_its_backup_or_is_told_that_it_goes(moment, backup):
    place, holding = _place(), []
    hold = Hold("drill-1", NOW + timedelta(hours=24))

    def drill_begins(now, _name):
        if now == moment:
            drill = held(place.catalog, backup, hold, RecordedProgress())
            with suppress(NothingToWorkOnError):
                drill.__enter__()
                holding.append(drill)

    place.pruning(Life(drill_begins)).run(DAILY, NOW)
    assert place.phantoms() == []
    assert (backup in place.backups()) is bool(holding)
    assert len([key for key in place.catalog.objects if key.startswith("holds/")]) == len(holding)
    if backup == night(0):
        assert holding


@pytest.mark.parametrize("moment", range(len(MOMENTS)))
def test_a_drill_that_begins_after_a_prune_died_keeps_its_backup_or_is_told_that_it_goes(moment):
    place = _place()
    with suppress(DeadError):
        place.pruning(Life(dying_at(moment))).run(DAILY, NOW)
    for backup in [night(days) for days in range(10)]:
        with (
            suppress(NothingToWorkOnError),
            held(place.catalog, backup, Hold("drill-1", NOW + timedelta(hours=24)), RecordedProgress()),
        ):
            place.now = NOW + timedelta(hours=2)
            place.pruning().run(DAILY, NOW)
            assert backup in place.backups()
            assert place.phantoms() == []
