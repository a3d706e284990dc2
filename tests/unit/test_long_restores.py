"""A restore that is too long for a function: a task does it, once, and the same request says how it ended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scims_backup.adapters.tasks.ecs import TaskPlace
from scims_backup.adapters.tasks.ecs_restores import EcsRestores
from scims_backup.bootstrap.restore_tasks import restore_tasks
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_steps import Gone, Running, Stopped
from scims_backup.domain.errors import NoCapacityError, TasksUnreachableError, UsageError
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.handling.long_restore import LongRestore
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.restores.ask_task import AskTask
from scims_backup.usecases.restores.restore_time import predicted_restore
from tests.fakes import MemoryCatalog, RecordedProgress, a_manifest, put_backup
from tests.support.ecs import Ecs

NOW = datetime(2026, 11, 23, 23, 50, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DRILL = "20261123T030000Z"
MANIFEST = a_manifest()
BACKUP = MANIFEST.backup


class Tasks:
    """Tasks that restore: one for each request, however often it is asked."""

    def __init__(self):
        self.started, self.refusal, self.state = [], None, Running()

    def start(self, backup, into, request):
        if self.refusal:
            raise self.refusal
        if (backup, into, request) not in self.started:
            self.started.append((backup, into, request))
        return f"arn:{request}"

    def look(self, task):
        assert task
        return self.state

    def log_of(self, task):
        return f"log of {task}"


class World:
    def __init__(self):
        self.catalog, self.tasks, self.now, self.ids = MemoryCatalog(), Tasks(), NOW, iter(range(99))
        self.progress = RecordedProgress()
        self.asking = AskTask(self.catalog, self.tasks, lambda: self.now, lambda: f"id{next(self.ids)}")

    def ask(self, minutes=20, *, wanted=False, again=False, asking=True):
        return self.long(minutes, self.asking if asking else None).by_task(wanted=wanted, again=again)

    def long(self, minutes, asking=None):
        return LongRestore(asking, MANIFEST, "beside", "beside", minutes * MINUTE, self.progress)

    def end(self, kind, **facts):
        """Let the task record how it ended, ten minutes later: on the next day."""
        self.now = NOW + 20 * MINUTE
        (_, _, request) = self.tasks.started[-1]
        log = EventLog(BACKUP.source, self.catalog, lambda: self.now, lambda: f"e{request}", self.progress)
        log.record(kind, Severity.INFO, {"request": request, **facts}, BACKUP)


@pytest.fixture
def world():
    return World()


@pytest.mark.parametrize(("minutes", "is_task"), [(3, False), (10, False), (11, True), (60, True)])
def test_what_takes_longer_than_ten_minutes_is_a_tasks(world, minutes, is_task):
    answer = world.ask(minutes)
    assert (answer is not None, len(world.tasks.started)) == (is_task, is_task)


def test_the_answer_says_which_task_where_its_log_is_and_how_to_hear_of_its_end(world):
    answer = world.ask()
    ((_, _, request),) = world.tasks.started
    assert (answer["outcome"], answer["task"], answer["log"]) == (
        *("asked", f"arn:{request}"),
        f"log of arn:{request}",
    )
    assert (answer["predicted_seconds"], answer["database"]) == (1200, "beside")
    assert "same request again" in answer["message"]


def test_the_same_request_again_starts_nothing_new_while_the_task_runs(world):
    answers = [world.ask(again=again) for again in (False, False, True)]
    assert [one["outcome"] for one in answers] == ["asked", "already running", "already running"]
    assert len(world.tasks.started) == 1


def test_two_calls_at_once_are_one_request_and_one_task(world):
    """The second finds nothing when it looks, and the first one's request when it puts its own."""
    seen = world.asking.last(BACKUP, "beside")
    first = world.asking.start(BACKUP, "beside", None, 1200)
    blind = replace(world.asking, catalog=Blind(world.catalog))
    second = blind.start(BACKUP, "beside", None, 1200)
    assert seen is None
    assert (second.task, second.asked) == (first.task, first.asked)
    assert len(world.tasks.started) == 1


class Blind:
    """A catalog that lists nothing yet."""

    def __init__(self, catalog):
        self.get, self.put_new = catalog.get, catalog.put_new

    def keys(self, _prefix):
        return iter(())


COMPLETED = {"database": "beside", "swapped": False, "aside": None, "was_there": False, "findings_in_all": 0}


@pytest.mark.parametrize(
    ("kind", "facts", "told"),
    [
        (Kind.RESTORE_COMPLETED, COMPLETED, {"outcome": "restored", "was_there": False}),
        (Kind.RESTORE_FAILED, {**COMPLETED, "findings_in_all": 2}, {"outcome": "differs", "findings": 2}),
        (
            Kind.RESTORE_FAILED,
            {"error": "TargetError", "message": "no room"},
            {"outcome": "failed", "error": "TargetError", "message": "no room"},
        ),
    ],
)
def test_when_the_task_has_ended_the_request_is_answered_by_its_event(world, kind, facts, told):
    world.ask()
    world.end(kind, **facts)
    world.tasks.state = Gone()
    answer = world.ask()
    assert answer.items() >= told.items()
    assert len(world.tasks.started) == 1


def test_the_event_of_another_request_is_no_answer(world):
    world.ask()
    world.end(Kind.RESTORE_COMPLETED, request="another-1")
    assert world.ask()["outcome"] == "already running"


@pytest.mark.parametrize(
    ("state", "why"), [(Stopped(1, "OutOfMemoryError"), "OutOfMemoryError"), (Gone(), "not known any more")]
)
def test_a_task_that_stopped_without_a_word_has_failed(world, state, why):
    world.ask()
    world.tasks.state = state
    answer = world.ask()
    assert answer["outcome"] == "failed"
    assert why in answer["message"]


def test_what_is_over_is_done_again_on_request_alone(world):
    world.ask()
    world.end(Kind.RESTORE_COMPLETED, **COMPLETED)
    assert world.ask()["outcome"] == "restored"
    assert world.ask(again=True)["outcome"] == "asked"
    assert [request[-2:] for _, _, request in world.tasks.started] == ["-1", "-2"]
    assert world.ask()["outcome"] == "already running"


@pytest.mark.parametrize("error", [NoCapacityError, TasksUnreachableError])
def test_without_a_task_what_may_fit_is_the_functions_and_what_does_not_is_refused_before_it_begins(
    world, error
):
    world.tasks.refusal = error("no capacity", "wait")
    assert world.ask(12) is None
    with pytest.raises(UsageError, match=r"predicted to take 14 min.*no capacity") as refused:
        world.ask(14)
    assert f'RestoreCommand, with "{BACKUP}", "--into", "beside" as its command' in refused.value.cure


def test_a_request_whose_task_was_refused_is_tried_again_as_the_same(world):
    world.tasks.refusal = NoCapacityError("no capacity", "wait")
    with pytest.raises(UsageError):
        world.ask()
    world.tasks.refusal = None
    assert world.ask()["outcome"] == "asked"
    assert [request[-2:] for _, _, request in world.tasks.started] == ["-1"]


def test_outside_of_a_stack_what_is_too_long_is_refused(world):
    assert world.ask(12, asking=False) is None
    with pytest.raises(UsageError, match="does not know where tasks run"):
        world.ask(14, asking=False)


def test_a_task_that_is_wanted_and_cannot_be_had_is_refused_though_the_function_could_do_it(world):
    with pytest.raises(UsageError, match="does not know where tasks run"):
        world.ask(1, wanted=True, asking=False)
    world.tasks.refusal = NoCapacityError("no capacity", "wait")
    with pytest.raises(UsageError, match="no task could be started: no capacity"):
        world.ask(1, wanted=True)


def test_a_task_that_is_wanted_does_what_a_function_could(world):
    assert world.ask(1, wanted=True)["outcome"] == "asked"


def test_a_swap_whose_proof_is_too_long_is_refused_with_the_command(world):
    world.long(13).refuse_long_swap("scims")
    with pytest.raises(UsageError, match="predicted to take 20 min") as refused:
        world.long(20).refuse_long_swap("scims")
    assert '"--swap", "--confirm", "scims"' in refused.value.cure


def drilled(catalog, stamp, seconds, archive_bytes):
    manifest = replace(
        MANIFEST,
        backup=BackupId(BACKUP.source, stamp),
        archive=replace(MANIFEST.archive, bytes=archive_bytes),
    )
    put_backup(catalog, manifest)
    data = Report(Verdict.PASSED, seconds=seconds).to_bytes()
    catalog.put_new(keys.drill_report(manifest.backup, DRILL), data)
    catalog.put_new(keys.drill_verdict(manifest.backup, DRILL, Verdict.PASSED), data)


def test_a_restore_takes_a_function_twice_what_the_slowest_of_the_last_drills_took():
    catalog, size = MemoryCatalog(), MANIFEST.archive.bytes
    drilled(catalog, "20261120T020000Z", {"start": 90, "restore": 100, "prove": 50}, size)
    drilled(catalog, "20261121T020000Z", {"restore": 60, "prove": 20}, size // 2)
    assert predicted_restore(catalog, MANIFEST, only_proves=False) == timedelta(seconds=320)
    assert predicted_restore(catalog, MANIFEST, only_proves=True) == timedelta(seconds=100)


def test_without_a_drill_the_archives_size_decides():
    manifest = replace(MANIFEST, archive=replace(MANIFEST.archive, bytes=6_000_000_000))
    assert predicted_restore(MemoryCatalog(), manifest, only_proves=False) == 10 * MINUTE


WHERE = {
    "SCIMS_CLUSTER": "cluster",
    "SCIMS_TASK_DEFINITION": "scims-restore",
    "SCIMS_CONTAINER": "restore",
    "SCIMS_SUBNETS": "subnet-1",
    "SCIMS_SECURITY_GROUPS": "sg-1",
    "SCIMS_LOG_GROUP": "group",
}


@pytest.mark.parametrize("blank", WHERE)
def test_where_a_variable_is_blank_there_are_no_tasks(blank):
    assert restore_tasks({**WHERE, blank: ""}) is None


def test_the_variables_of_the_stack_say_where_tasks_run(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    restores = restore_tasks(WHERE)
    assert restores is not None
    assert restores.log_of("arn:task/0af0") == "group, restore/restore/0af0"


PLACE = TaskPlace(
    *("cluster", "scims-restore", "restore", ["subnet-1"], ["sg-1"], "DISABLED", "group", "restore")
)


def test_ecs_is_asked_for_the_command_lines_own_restore_and_repeats_the_same():
    ecs: Any = Ecs({"tasks": [{"taskArn": "arn:task/0af0"}], "failures": []})
    restores = EcsRestores(PLACE, ecs)
    for request in ("a-1", "a-1", "a-2"):
        assert restores.start(BACKUP, "beside", request) == "arn:task/0af0"
    first, again, other = (asked["clientToken"] for asked in ecs.asked)
    assert first == again != other
    (container,) = ecs.asked[0]["overrides"]["containerOverrides"]
    assert container["command"] == [str(BACKUP), "--into", "beside"]
    variables = {one["name"]: one["value"] for one in container["environment"]}
    assert variables == {"SCIMS_SOURCE": BACKUP.source, "SCIMS_RESTORE_REQUEST": "a-1"}
    assert restores.log_of("arn:task/0af0") == "group, restore/restore/0af0"
