"""Drills that run as tasks: each ends in one verdict and one event, whatever happens, and however often."""

import json

import pytest

from scims_backup.domain import keys
from scims_backup.domain.drill_steps import MOST_ATTEMPTS, Stopped
from scims_backup.domain.errors import (
    NoCapacityError,
    SandboxError,
    TaskRefusedError,
    TasksUnreachableError,
    UsageError,
)
from scims_backup.domain.verdict import Verdict
from tests.fakes import MemoryCatalog, a_manifest, a_report, put_backup
from tests.mortal import DeadError, Life, dying_at
from tests.unit.usecases.drilling import BACKUP, DRILL, SCHEDULED, World

TASK = f"arn/{DRILL}-1"


@pytest.fixture
def world():
    return World()


def asked(world):
    return world.drills().ask(SCHEDULED, "newest")


def test_a_scheduled_drill_starts_one_task_for_the_newest_backup(world):
    advanced = asked(world)
    assert (advanced.backup, advanced.drill, advanced.step) == (BACKUP, DRILL, "started")
    assert world.tasks.running() == [TASK]
    assert world.tasks.started[TASK].expires == world.now.replace(hour=9)
    assert world.told() == []


def test_a_schedule_that_is_delivered_twice_starts_one_task(world):
    asked(world)
    assert asked(world).step == "waits"
    assert world.tasks.starts == 1


def test_a_schedule_that_is_delivered_again_after_a_newer_backup_asks_for_no_second_drill(world):
    asked(world)
    put_backup(world.catalog, a_manifest("20261122T023000Z"))
    assert asked(world).backup == BACKUP
    assert world.tasks.starts == 1


def test_a_report_becomes_verdict_and_event(world):
    asked(world)
    world.report(a_report(Verdict.FAILED))
    advanced = world.drills().advance(BACKUP, DRILL)
    assert (advanced.step, advanced.news) == ("failed", a_report(Verdict.FAILED))
    assert world.verdicts() == ["verdict.failed.json"]
    event = json.loads(world.event("DrillFailed"))
    assert (event["severity"], event["backup"]) == ("critical", str(BACKUP))
    assert event["facts"]["findings"][0]["object"] == "table public.item_stocks"


def test_news_of_a_report_that_come_twice_are_told_once(world):
    asked(world)
    world.report()
    world.drills().advance(BACKUP, DRILL)
    assert world.drills().advance(BACKUP, DRILL).news is None
    world.tick()
    assert (world.verdicts(), world.told()) == (["verdict.passed.json"], ["DrillPassed"])


def test_a_report_whose_news_got_lost_is_found_by_the_next_look(world):
    asked(world)
    world.report()
    world.tick()
    assert (world.verdicts(), world.told()) == (["verdict.passed.json"], ["DrillPassed"])


def test_a_task_that_stops_without_a_report_is_inconclusive_and_its_last_words_are_told(world):
    asked(world)
    world.tasks.lines = ["restoring", "MemoryError"]
    stopped = Stopped(1, "OutOfMemoryError: Container killed due to memory usage: exit code 137")
    world.drills().task_stopped(BACKUP, DRILL, TASK, stopped)
    assert world.verdicts() == ["verdict.inconclusive.json"]
    reason = json.loads(world.event("DrillInconclusive"))["facts"]["reason"]
    assert "OutOfMemoryError" in reason
    assert reason.endswith("it last wrote: restoring | MemoryError")


def test_a_task_that_stops_after_its_report_changes_nothing_about_the_verdict(world):
    asked(world)
    world.report()
    world.drills().task_stopped(BACKUP, DRILL, TASK, Stopped(1, "Essential container in task exited"))
    world.drills().advance(BACKUP, DRILL)
    assert (world.verdicts(), world.told()) == (["verdict.passed.json"], ["DrillPassed"])


def test_a_report_that_comes_after_the_drill_was_given_up_does_not_count(world):
    asked(world)
    world.drills().task_stopped(BACKUP, DRILL, TASK, Stopped(1, "exit code 1"))
    assert not world.report()
    world.tick()
    assert (world.verdicts(), world.told()) == (["verdict.inconclusive.json"], ["DrillInconclusive"])


def test_a_report_that_comes_while_the_drill_is_given_up_decides(world):
    asked(world)
    stop = world.tasks.stop
    world.tasks.stop = lambda task, why: (world.report(a_report(Verdict.FAILED)), stop(task, why))
    world.drills().task_stopped(BACKUP, DRILL, TASK, Stopped(1, "exit code 1"))
    assert (world.verdicts(), world.told()) == (["verdict.failed.json"], ["DrillFailed"])


def test_a_task_whose_stop_nobody_heard_of_is_seen_by_the_next_look(world):
    asked(world)
    world.tasks.stop(TASK, "exit code 137")
    world.tick()
    assert "exit code 137" in json.loads(world.event("DrillInconclusive"))["facts"]["reason"]


def test_a_task_that_is_forgotten_has_left_no_report(world):
    asked(world)
    world.tasks.stop(TASK, "exit code 137")
    world.tasks.forgets = True
    world.tick()
    assert "gone" in json.loads(world.event("DrillInconclusive"))["facts"]["reason"]


def test_a_task_that_never_ends_is_stopped_at_the_deadline_and_inconclusive(world):
    asked(world)
    world.tick(hours=5.9)
    assert world.tasks.running() == [TASK]
    world.tick(hours=0.1)
    assert world.tasks.running() == []
    assert (world.verdicts(), world.told()) == (["verdict.inconclusive.json"], ["DrillInconclusive"])


def test_no_capacity_is_tried_again_by_the_next_look(world):
    world.tasks.refusals = [NoCapacityError("Capacity is unavailable at this time")]
    assert asked(world).step == "was refused a task"
    assert asked(world).step == "waits"
    world.tick()
    assert world.tasks.running() == [f"arn/{DRILL}-2"]
    world.report()
    world.tick()
    assert (world.verdicts(), world.told()) == (["verdict.passed.json"], ["DrillPassed"])


def test_no_capacity_that_lasts_is_inconclusive_and_says_so(world):
    world.tasks.refusals = [NoCapacityError("Capacity is unavailable") for _ in range(MOST_ATTEMPTS)]
    asked(world)
    world.tick_until_over()
    assert world.tasks.starts == MOST_ATTEMPTS
    assert world.told() == ["DrillInconclusive"]
    assert "Capacity is unavailable" in json.loads(world.event("DrillInconclusive"))["facts"]["reason"]


def test_a_task_that_never_will_be_started_is_inconclusive_at_once(world):
    world.tasks.refusals = [TaskRefusedError("no such cluster", "check the cluster")]
    assert asked(world).step == "inconclusive"
    world.tick_until_over()
    assert (world.tasks.starts, world.told()) == (1, ["DrillInconclusive"])


def test_a_task_that_stopped_before_it_began_is_tried_again(world):
    asked(world)
    stopped = Stopped(1, "TaskFailedToStart: CannotPullContainerError", began=False)
    assert world.drills().task_stopped(BACKUP, DRILL, TASK, stopped).step == "waits"
    world.tick()
    assert world.tasks.find(world.tasks.started[f"arn/{DRILL}-2"])
    assert world.told() == []


def test_a_start_of_which_nothing_is_known_is_repeated_with_the_same_order(world):
    world.tasks.refusals = [TasksUnreachableError("timed out")]
    assert asked(world).step == "may be started"
    world.tick()
    assert (world.tasks.starts, world.tasks.running()) == (2, [TASK])


def test_a_task_that_was_started_though_the_answer_got_lost_is_not_started_again(world):
    world.tasks.refusals = [TasksUnreachableError("timed out")]
    asked(world)
    world.tasks.start(the_order())
    world.tick()
    assert world.tasks.starts == 2
    world.report()
    world.tick()
    assert world.told() == ["DrillPassed"]


def the_order():
    other = World()
    asked(other)
    return other.tasks.started[TASK]


def test_where_there_is_no_backup_that_is_told_once(world):
    world.catalog = MemoryCatalog()
    assert asked(world).step == "nothing to drill"
    asked(world)
    assert world.told() == ["DrillInconclusive"]
    assert "no backup yet" in json.loads(world.event("DrillInconclusive"))["facts"]["reason"]


def test_a_backup_of_another_source_is_not_drilled(world):
    with pytest.raises(UsageError):
        world.drills().ask(SCHEDULED, "other-db-20261122T020000Z")


def test_a_drill_that_runs_by_itself_is_left_alone(world):
    world.catalog.put_new(keys.drill_request(BACKUP, DRILL), b'{"version": 1, "started": "x"}')
    world.tick_until_over()
    assert (world.tasks.starts, world.verdicts(), world.told()) == (0, [], [])
    assert world.drills().advance(BACKUP, DRILL) is None


def test_a_task_that_runs_though_it_has_expired_is_stopped(world):
    asked(world)
    world.report()
    world.tick()
    assert world.tasks.running() == [TASK]
    world.tick_until_over()
    assert world.tasks.running() == []


def test_tasks_that_cannot_be_looked_at_are_waited_for(world):
    asked(world)
    world.tasks.look = refuse
    world.tick()
    assert world.verdicts() == []
    assert any("could not be checked" in str(note) for _, note in world.progress.told)


def test_a_task_that_cannot_be_stopped_does_not_keep_the_drill_open(world):
    asked(world)
    world.tasks.stop = refuse
    world.tick_until_over()
    assert world.told() == ["DrillInconclusive"]


def refuse(*_arguments):
    raise SandboxError("ECS does not answer")


def test_a_task_that_ecs_does_not_know_of_yet_is_waited_for(world):
    asked(world)
    task = world.tasks.started.pop(TASK)
    world.tick(hours=0.05)
    world.tasks.started[TASK] = task
    world.report()
    world.tick()
    assert world.told() == ["DrillPassed"]


def test_a_drill_whose_records_cannot_be_read_keeps_no_other_from_going_on(world):
    asked(world)
    world.report()
    world.catalog.put_new(keys.drill_request(BACKUP, "20261122T020000Z"), b"{")
    advanced, problems = world.drills().look(world.now)
    assert [one.step for one in advanced] == ["passed"]
    assert ["20261122T020000Z" in problem for problem in problems] == [True]


def test_tasks_that_cannot_be_listed_keep_no_drill_from_going_on(world):
    asked(world)
    world.report()
    world.tasks.expired = refuse
    world.tick()
    assert world.told() == ["DrillPassed"]


def test_a_verdict_that_another_version_wrote_counts_as_written(world):
    asked(world)
    world.report()
    world.tick()
    for key in [key for key in world.catalog.objects if "/verdict." in key or key.startswith("events/")]:
        world.catalog.objects[key] += b" "
    world.tick()
    assert world.told() == ["DrillPassed"]


# --- dying -------------------------------------------------------------------------------------------


def until_concluded(world, life=None):
    """A drill that is asked for, fails, and is heard of."""
    world.drills(life).ask(SCHEDULED, "newest")
    world.report(a_report(Verdict.FAILED))
    world.drills(life).advance(BACKUP, DRILL)


def until_given_up(world, life=None):
    """A drill that is asked for, refused once, started, and killed."""
    world.tasks.refusals = [NoCapacityError("Capacity is unavailable")]
    world.drills(life).ask(SCHEDULED, "newest")
    world.now = world.now.replace(hour=4)
    world.drills(life).look(world.now)
    world.drills(life).task_stopped(BACKUP, DRILL, f"arn/{DRILL}-2", Stopped(2, "exit code 137"))


def moments(story):
    life = Life()
    story(World(), life)
    return range(len(life.moments))


@pytest.mark.parametrize("moment", moments(until_concluded))
def test_a_death_while_a_drill_is_started_or_concluded_costs_neither_verdict_nor_mail(moment):
    world = World()
    with pytest.raises(DeadError):
        until_concluded(world, Life(dying_at(moment)))
    asked(world)  # as the schedule is delivered again, or somebody asks by hand
    world.report(a_report(Verdict.FAILED))
    world.tick_until_over()
    assert (world.verdicts(), world.told()) == (["verdict.failed.json"], ["DrillFailed"])
    assert len(world.tasks.started) <= 1


@pytest.mark.parametrize("moment", moments(until_given_up))
def test_a_death_while_a_drill_is_refused_or_given_up_ends_in_one_verdict_and_nothing_runs(moment):
    world = World()
    with pytest.raises(DeadError):
        until_given_up(world, Life(dying_at(moment)))
    asked(world)
    world.tick_until_over()
    assert (world.verdicts(), world.told()) == (["verdict.inconclusive.json"], ["DrillInconclusive"])
    assert world.tasks.running() == []
