"""A tick collects what an earlier run ordered, and orders nothing; the source cleans up after the commit."""

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain.errors import OrderLostError, SourceError
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Manifest
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.claims import Repeated, Repetition
from scims_backup.usecases.backups.take_backup import TakeBackup
from tests.fakes import MemoryCatalog, MemoryVault, RecordedProgress
from tests.faults import Calls, FaultySource

SCHEDULED = datetime(2026, 11, 22, 2, tzinfo=UTC)


class LateSource:
    """Delivers when `arrived`; knows what it made and has not removed."""

    def __init__(self):
        self.made, self.arrived = set(), False
        self.lost = self.fails = self.refuses = False

    def order(self, backup):
        self.made.add(str(backup))
        return {"of": str(backup)}

    def delivered(self, order):
        assert order["of"] in self.made
        if self.lost:
            raise OrderLostError("the export failed", "look why")
        if self.fails:
            raise SourceError("not now", "try again")
        return FaultySource(Calls()).snapshot() if self.arrived else None

    def collected(self, order):
        if self.refuses:
            raise SourceError("may not remove it", "allow it")
        self.made.discard(order["of"])


class Rig:
    def __init__(self):
        self.source, self.catalog, self.progress = LateSource(), MemoryCatalog(), RecordedProgress()
        self.now, self._ids = SCHEDULED + timedelta(seconds=20), 0

    def new_id(self):
        self._ids += 1
        return f"id{self._ids}"

    def taking(self):
        self.now += timedelta(minutes=10)
        events = EventLog("scims-db", self.catalog, lambda: self.now, self.new_id, self.progress)
        return TakeBackup(
            "scims-db",
            self.source,
            MemoryVault(),
            self.catalog,
            events,
            lambda: self.now,
            self.new_id,
            self.progress,
        )

    def order(self):
        return self.taking().run(Level.FULL, SCHEDULED)

    def collect(self):
        return self.taking().collect(Level.FULL)


@pytest.fixture
def rig():
    return Rig()


def test_where_nothing_is_awaited_nothing_is_ordered(rig):
    assert rig.collect() is None
    assert (rig.source.made, list(rig.catalog.keys(""))) == (set(), [])


def test_what_is_not_there_yet_stays_awaited_and_claimed_by_nobody(rig):
    ordered = rig.order()
    assert ordered == Repeated(ordered.backup, Repetition.ORDERED)
    assert rig.collect() == rig.collect() == ordered


def test_what_has_arrived_is_taken_once_under_the_id_of_its_order(rig):
    ordered = rig.order()
    rig.source.arrived = True
    taken = rig.collect()
    assert isinstance(taken, Manifest)
    assert taken.backup == ordered.backup
    assert rig.collect() is None


def test_the_source_removes_what_it_made_once_the_backup_is_committed(rig):
    rig.order()
    rig.source.arrived = True
    assert rig.source.made
    rig.collect()
    assert rig.source.made == set()


def test_a_backup_stands_though_the_source_cannot_remove_what_it_made(rig):
    rig.order()
    rig.source.arrived = rig.source.refuses = True
    taken = rig.collect()
    assert isinstance(taken, Manifest)
    notes = [text for kind, text in rig.progress.told if kind == "note"]
    assert any("may not remove it" in note for note in notes)


def test_what_fails_again_and_again_is_tried_three_times(rig):
    rig.order()
    rig.source.fails = True
    for _ in range(3):
        with pytest.raises(SourceError, match="not now"):
            rig.collect()
    assert rig.collect() is None
    assert len([key for key in rig.catalog.keys("events/") if "BackupFailed" in key]) == 3


def test_what_fails_once_is_taken_by_the_next_tick(rig):
    ordered = rig.order()
    rig.source.fails = True
    with pytest.raises(SourceError):
        rig.collect()
    rig.source.fails, rig.source.arrived = False, True
    assert rig.collect().backup == ordered.backup


def test_an_order_that_is_lost_fails_once_and_is_awaited_no_longer(rig):
    rig.order()
    rig.source.lost = True
    with pytest.raises(OrderLostError):
        rig.collect()
    assert rig.collect() is None
    assert len([key for key in rig.catalog.keys("events/") if "BackupFailed" in key]) == 1
