"""A run that does not fit into its time hands its backup over to a task: nothing is lost, nothing doubled."""

import json
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.dump_time import Pace, Where
from scims_backup.domain.errors import DumpTooLongError, TimeIsUpError
from scims_backup.domain.handover import Handover, Why
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Manifest
from scims_backup.ports import Estimate
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.claims import Repeated, Repetition
from scims_backup.usecases.backups.hand_over import Window
from scims_backup.usecases.backups.take_backup import TakeBackup
from tests.fakes import MemoryCatalog, MemoryVault, RecordedProgress
from tests.faults import Calls, FaultySource
from tests.unit.usecases.test_scheduled_backups import BACKUP, SCHEDULED

MINUTES = timedelta(minutes=1)
HANDED_OVER = Repeated(BACKUP, Repetition.HANDED_OVER)
NIGHT_BEFORE = SCHEDULED - timedelta(days=1)


class World:
    """A source of 1000 bytes, whose past says how long a dump takes. up_at: the call at which time is up."""

    def __init__(self):
        self.catalog, self.vault, self.progress = MemoryCatalog(), MemoryVault(), RecordedProgress()
        self.calls, self.now, self._ids, self.up_at = Calls(), SCHEDULED + MINUTES / 3, 0, None
        self.source = FaultySource(self.calls)

    def clock(self):
        return self.now

    def new_id(self):
        self._ids += 1
        return f"id{self._ids}"

    @contextmanager
    def alarm(self, seconds):
        """A clock that the test lets ring: at a call, after all of these seconds."""

        def ring(call):
            if call == self.up_at:
                self.now += timedelta(seconds=seconds)
                raise TimeIsUpError("time is up")

        before = self.calls.call

        def call(name):
            before(name)
            ring(name)

        calls: Any = self.calls
        calls.call = call
        try:
            yield
        finally:
            calls.call = before

    def taking(self, window, where=Where.FUNCTION):
        events = EventLog("scims-db", self.catalog, self.clock, self.new_id, self.progress)
        return TakeBackup(
            source_name="scims-db",
            source=self.source,
            vault=self.vault,
            catalog=self.catalog,
            events=events,
            clock=self.clock,
            new_id=self.new_id,
            progress=self.progress,
            window=window,
            where=where,
        )

    def function(self, scheduled=SCHEDULED, **options):
        """Run as the function does."""
        return self.taking(Window(self.now + 14 * MINUTES, self.alarm, **options)).run(Level.FULL, scheduled)

    def left(self):
        """Run as the function does that a backup was left to."""
        window = Window(self.now + 14 * MINUTES, self.alarm, is_last=True)
        return self.taking(window).take(Level.FULL, BACKUP)

    def task(self):
        """Run as the task does."""
        return self.taking(None, Where.TASK).take(Level.FULL, BACKUP)

    def has_taken(self, minutes, where=Where.FUNCTION):
        """Let the dump of the night before have taken so long."""
        manifest = self.taking(None).run(Level.FULL, NIGHT_BEFORE)
        self.catalog.delete(keys.manifest(manifest.backup))
        slow = {**json.loads(manifest.to_bytes()), "pace": Pace(1000, minutes * 60, where).to_document()}
        self.catalog.put_new(keys.manifest(manifest.backup), json.dumps(slow).encode())
        self.calls.made.clear()

    def asked(self):
        key = keys.task_asked(BACKUP)
        return Handover.from_bytes(self.catalog.get(key), key)

    def keys_of_run(self):
        return [key.rpartition("/")[2] for key in self.catalog.keys(keys.run_of(BACKUP))]

    def events(self):
        kinds = [key.rsplit("-", 2)[1] for key in self.catalog.keys("events/")]
        return [kind for kind in kinds if kind != "BackupCompleted"]


@pytest.fixture
def world():
    return World()


def test_a_dump_that_is_predicted_to_take_three_minutes_is_taken_at_once(world):
    world.has_taken(3)
    assert isinstance(world.function(), Manifest)
    assert world.events() == []


def test_a_dump_that_is_predicted_to_take_twenty_minutes_is_handed_over_before_a_byte_is_read(world):
    world.has_taken(20)
    assert world.function() == HANDED_OVER
    assert (world.asked().why, world.asked().seconds) == (Why.PREDICTED, 1200)
    assert "source chunk" not in world.calls.made
    assert world.keys_of_run() == ["task-asked.json"], "the claim was given back"
    assert world.events() == ["BackupHandedOver"]


def test_the_first_dump_is_predicted_from_its_size_alone(world):
    world.source.estimate = Estimate(10_000_000_000)
    assert world.function() == HANDED_OVER
    assert world.asked().seconds == 1000


@pytest.mark.parametrize("call", ["source prove full", "source chunk", "proof result", "source tools"])
def test_a_dump_that_meets_its_deadline_is_handed_over_and_leaves_nothing(world, call):
    world.up_at = call
    assert world.function() == HANDED_OVER
    assert (world.asked().why, world.asked().seconds) == (Why.DEADLINE, 14 * 60)
    assert "claim.json" not in world.keys_of_run()
    assert list(world.catalog.keys("manifests/")) == []
    assert world.events() == ["BackupHandedOver"]
    world.up_at = None
    assert isinstance(world.task(), Manifest)


def test_the_task_takes_the_very_backup_and_once(world):
    world.has_taken(20)
    world.function()
    taken = world.task()
    assert isinstance(taken, Manifest)
    assert taken.pace is not None
    assert (taken.backup, taken.pace.where) == (BACKUP, Where.TASK)
    assert world.task() == Repeated(BACKUP, Repetition.DONE)
    assert world.function() == Repeated(BACKUP, Repetition.DONE)


def test_a_schedule_that_is_delivered_twice_neither_dumps_nor_asks_again(world):
    world.has_taken(20)
    world.function()
    asked = world.catalog.get(keys.task_asked(BACKUP))
    world.calls.made.clear()
    assert world.function() == HANDED_OVER
    assert "source snapshot" not in world.calls.made
    assert world.catalog.get(keys.task_asked(BACKUP)) == asked
    assert world.events() == ["BackupHandedOver"]


def test_a_deadline_that_was_met_counts_although_the_task_was_fast(world):
    world.up_at = "source chunk"
    world.function()
    world.up_at = None
    world.task()
    tomorrow = SCHEDULED + timedelta(days=1)
    world.now = tomorrow
    assert world.function(tomorrow) == Repeated(
        BackupId("scims-db", "20261123T020000Z"), Repetition.HANDED_OVER
    )


def test_a_task_can_be_requested_whatever_the_size(world):
    assert world.function(task_wanted=True) == HANDED_OVER
    assert world.asked().why is Why.REQUESTED


def test_what_is_left_to_the_function_is_taken_although_a_task_was_asked(world):
    world.has_taken(12)
    assert world.function() == HANDED_OVER
    assert isinstance(world.left(), Manifest)


def test_what_was_left_to_the_function_and_meets_its_deadline_has_failed_and_is_told(world):
    world.has_taken(12)
    world.function()
    world.up_at = "source chunk"
    with pytest.raises(DumpTooLongError, match=r"not over after 14\.0 minutes"):
        world.left()
    assert sorted(world.events()) == ["BackupFailed", "BackupHandedOver"]
    assert "claim.json" not in world.keys_of_run()


def test_a_run_without_a_window_hands_nothing_over(world):
    world.has_taken(600)
    assert isinstance(world.taking(None).run(Level.FULL, SCHEDULED), Manifest)


def test_a_claim_of_a_function_that_was_killed_is_free_soon_after_its_time(world):
    claims = world.taking(Window(world.now + 14 * MINUTES, world.alarm))._claims
    claims.of_schedule(SCHEDULED)
    world.now += 14 * MINUTES
    assert world.function() == Repeated(BACKUP, Repetition.RUNNING)
    world.now += 6 * MINUTES
    assert isinstance(world.function(), Manifest)


def test_a_damaged_request_of_an_earlier_night_keeps_nobody_from_predicting(world):
    world.has_taken(3, Where.TASK)
    earlier = BackupId("scims-db", "20261121T020000Z")
    world.catalog.put_new(keys.task_asked(earlier), b"{")
    assert isinstance(world.function(), Manifest)
