"""Dumps that run as tasks: each ends in one backup or one mail, whatever happens, and however often."""

import json
from datetime import timedelta
from typing import Any

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_steps import Stopped
from scims_backup.domain.errors import (
    NoCapacityError,
    SandboxError,
    TaskRefusedError,
    TasksUnreachableError,
)
from scims_backup.domain.handover import Handover, Why
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.orchestrate_dumps import OrchestrateDumps
from scims_backup.usecases.backups.run_records import FailedRun
from tests.fakes import MemoryCatalog, RecordedProgress, a_manifest, put_backup
from tests.unit.usecases.drilling import SCHEDULED, MemoryTasks

BACKUP = BackupId("scims-db", "20261122T030000Z")
TASK = "arn/dump-1"
HOURS = timedelta(hours=1)


class World:
    """A backup that was handed over. minutes: what it is predicted to take."""

    def __init__(self, minutes=20, why=Why.PREDICTED):
        self.catalog, self.tasks, self.progress = MemoryCatalog(), MemoryTasks(), RecordedProgress()
        self.now, self._ids = SCHEDULED, 0
        asked = Handover("run", why, 1000, minutes * 60, self.now, self.now + 6 * HOURS)
        self.catalog.put_new(keys.task_asked(BACKUP), asked.to_bytes())

    def new_id(self):
        self._ids += 1
        return f"{self._ids:032x}"

    def clock(self):
        return self.now

    def dumps(self):
        events = EventLog(BACKUP.source, self.catalog, self.clock, self.new_id, self.progress)
        return OrchestrateDumps(
            BACKUP.source, self.catalog, self.tasks, events, self.clock, self.new_id, self.progress
        )

    def advance(self):
        return self.dumps().advance(BACKUP).step

    def stops(self, why="exit code 137", *, began=True):
        self.tasks.stopped[TASK] = Stopped(1, why, began)
        return self.dumps().task_stopped(BACKUP, TASK, self.tasks.stopped[TASK]).step

    def tick(self, hours=1):
        self.now += hours * HOURS
        return [one.step for one in self.dumps().look(self.now)[0]]

    def mails(self):
        keys_ = [key for key in self.catalog.keys("events/") if "-BackupFailed-" in key]
        return [json.loads(self.catalog.get(key))["facts"]["message"] for key in keys_]

    def is_left(self):
        return keys.task_left(BACKUP) in list(self.catalog.keys("runs/"))


def test_a_dump_that_was_handed_over_starts_one_task_however_often_that_is_delivered():
    world = World()
    assert [world.advance(), world.advance()] == ["started", "waits"]
    assert (world.tasks.starts, world.tasks.running()) == (1, [TASK])
    assert (world.tasks.started[TASK].backup, world.tasks.started[TASK].expires) == (
        BACKUP,
        SCHEDULED + 6 * HOURS,
    )


def test_the_tick_starts_what_no_event_told_of():
    world = World()
    assert world.tick() == ["started"]


def test_a_dump_that_is_complete_is_over():
    world = World()
    world.advance()
    put_backup(world.catalog, a_manifest(BACKUP.stamp))
    assert world.stops("exit code 0") == "over"
    assert (world.tick(), world.mails(), world.tasks.starts) == ([], [], 1)


def test_a_dump_that_failed_and_said_so_is_not_told_again():
    world = World()
    world.advance()
    failed = FailedRun("x", "SourceError")
    world.catalog.put_new(keys.failed_run(BACKUP, "x"), failed.to_bytes())
    assert world.stops("exit code 1") == "over"
    assert world.mails() == []


def test_a_task_that_dies_without_a_word_is_told_once_with_its_last_words():
    world = World()
    world.advance()
    world.tasks.lines = ["the dump starts"]
    assert world.stops("OutOfMemoryError: exit code 137") == "no task took it"
    world.tick()
    (mail,) = world.mails()
    assert "OutOfMemoryError: exit code 137; it last wrote: the dump starts" in mail


@pytest.mark.parametrize("error", [NoCapacityError, TaskRefusedError])
def test_a_refused_task_leaves_the_dump_to_the_function_at_once_if_it_may_fit(error):
    world = World(minutes=12)
    world.tasks.refusals = [error("no", "wait")]
    assert world.advance() == "left to the function"
    assert (world.is_left(), world.mails(), world.tick()) == (True, [], [])


def test_a_task_that_cannot_be_started_after_all_leaves_it_too():
    """A closed subnet: RunTask succeeds, then the image cannot be pulled."""
    world = World(minutes=12)
    world.advance()
    assert world.stops("CannotPullContainerError", began=False) == "left to the function"
    assert world.is_left()


@pytest.mark.parametrize(("minutes", "why"), [(20, Why.PREDICTED), (5, Why.DEADLINE)])
def test_a_refused_task_is_a_mail_at_once_if_the_dump_does_not_fit_a_function(minutes, why):
    world = World(minutes, why)
    world.tasks.refusals = [TaskRefusedError("no such cluster", "check it")]
    assert world.advance() == "no task took it"
    assert not world.is_left()
    (mail,) = world.mails()
    assert "no task could be started: no such cluster" in mail


def test_a_lack_of_capacity_is_a_mail_at_once_and_tried_again_until_it_is_over():
    world = World()
    world.tasks.refusals = [NoCapacityError("full", "wait")] * 3
    assert world.advance() == "was refused a task"
    assert len(world.mails()) == 1
    assert [world.tick() for _ in range(3)] == [["was refused a task"], ["was refused a task"], ["started"]]
    assert len(world.mails()) == 1


def test_a_task_that_may_have_been_started_is_looked_for():
    world = World()
    world.tasks.refusals = [TasksUnreachableError("no answer")]
    assert world.advance() == "may be started"
    assert (world.tick(), world.mails()) == (["started"], [])


def test_a_task_that_is_never_over_is_stopped_and_told():
    world = World()
    world.advance()
    assert world.tick(hours=7) == ["no task took it"]
    assert world.tasks.running() == []
    assert "there was no backup by 2026-11-22 09:00 UTC" in world.mails()[0]


def test_what_cannot_be_followed_is_a_problem_and_keeps_nothing_else_back():
    world = World()
    broken = BackupId(BACKUP.source, "20261122T020000Z")
    world.catalog.put_new(keys.task_asked(broken), b"{")
    advanced, (problem,) = world.dumps().look(world.now)
    assert [one.step for one in advanced] == ["started"]
    assert f"the dump of {broken}" in problem


def test_what_was_not_handed_over_is_not_known():
    assert World().dumps().advance(BackupId(BACKUP.source, "20261101T030000Z")) is None


def test_a_service_that_does_not_answer_a_look_is_asked_by_the_next():
    world = World()
    world.advance()

    def find(_order):
        raise SandboxError("no answer")

    tasks: Any = world.tasks
    tasks.find = find
    assert (world.tick(), world.mails()) == (["waits"], [])
