"""What was ordered by one run is awaited by later ones, for a while."""

from contextlib import nullcontext
from datetime import timedelta

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.usecases.backups.deliveries import Deliveries
from scims_backup.usecases.retention.leftovers import SPARED
from tests.fakes import MemoryCatalog, a_manifest, put_backup

LONGEST = timedelta(hours=24)
ORDERED = BackupId("scims-db", "20261122T020000Z")


class DelayedSource:
    def __init__(self):
        self.orders, self.archive, self.removed = [], None, []

    def order(self, backup):
        self.orders.append(backup)
        return {"task": str(backup)}

    def delivered(self, order):
        assert order == {"task": str(ORDERED)}
        return self.archive

    def collected(self, order):
        self.removed.append(order)


@pytest.fixture
def source():
    return DelayedSource()


@pytest.fixture
def catalog():
    return MemoryCatalog()


@pytest.fixture
def deliveries(source, catalog):
    made = Deliveries("scims-db", source, catalog, LONGEST)
    assert not made.has_arrived(ORDERED)
    return made


def awaited_after(deliveries, time):
    return deliveries.awaited(ORDERED.moment + time)


def test_it_is_ordered_once(deliveries, source):
    assert not deliveries.has_arrived(ORDERED)
    source.archive = nullcontext("snapshot")
    assert deliveries.has_arrived(ORDERED)
    assert deliveries.snapshot(ORDERED) is source.archive
    assert source.orders == [ORDERED]


def test_what_was_collected_is_let_go_by_its_order(deliveries, source):
    deliveries.collected(ORDERED)
    assert source.removed == [{"task": str(ORDERED)}]


def test_the_run_of_the_next_night_still_awaits_it(deliveries):
    assert awaited_after(deliveries, timedelta(minutes=1)) == ORDERED
    assert awaited_after(deliveries, timedelta(hours=24, minutes=10)) == ORDERED


def test_it_is_given_up_before_a_prune_takes_it_for_a_leftover(deliveries):
    assert awaited_after(deliveries, LONGEST + SPARED) is None


def test_what_is_there_is_awaited_no_longer(deliveries, catalog):
    put_backup(catalog, a_manifest())
    assert awaited_after(deliveries, timedelta(hours=1)) is None
