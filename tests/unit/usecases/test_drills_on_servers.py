"""Drills on servers made for them: one verdict, one event, and nothing left, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from scims_backup.domain import keys
from scims_backup.domain.conditions import Cause
from scims_backup.domain.drill_steps import Stopped
from scims_backup.domain.errors import NoCapacityError, TaskRefusedError, TasksUnreachableError
from scims_backup.domain.events import Severity
from scims_backup.domain.sandbox_server import PREFIX, server_name
from scims_backup.domain.verdict import Verdict
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.drills.reap_sandboxes import ReapSandboxes
from tests.fakes import a_report
from tests.mortal import DeadError, Life, dying_at
from tests.unit.usecases.drill_servers import MemoryServers
from tests.unit.usecases.drilling import BACKUP, DRILL, PATIENCE, SCHEDULED, World

NO_ROOM = NoCapacityError("InsufficientDBInstanceCapacity", "choose another class")
REFUSED = TaskRefusedError("MasterUserPassword is not valid", "see RDS")
DENIED = TaskRefusedError("AccessDenied", "allow rds:DeleteDBInstance")
SILENT = TasksUnreachableError("no answer")
TASK = f"arn/{DRILL}-1"


def new_world() -> World:
    return World(MemoryServers())


@pytest.fixture
def world() -> World:
    return new_world()


def ask(world: World) -> str:
    return str(world.drills().ask(SCHEDULED, "newest").step)


def with_task(world: World) -> None:
    """Bring a drill so far that its task runs against its server."""
    ask(world)
    world.servers.come()
    world.tick(0.2)
    assert world.tasks.running() == [TASK]


def reaper(world: World) -> ReapSandboxes:
    events = EventLog(BACKUP.source, world.catalog, world.clock, world.new_id, world.progress)
    return ReapSandboxes(world.servers, events, world.progress)


def test_a_drill_waits_for_its_server_before_its_task_starts(world):
    assert ask(world) == "waits for its server"
    world.tick(0.2)
    assert world.tasks.starts == 0
    world.servers.come()
    world.tick(0.2)
    (server,) = world.tasks.servers
    assert (server.host, server.port, server.secret) == ("db.example", 5432, world.servers.orders[0].name)


def test_a_server_is_ordered_once_with_version_room_and_expiry(world):
    ask(world)
    ask(world)
    world.tick(0.1)
    (order,) = world.servers.orders
    assert order.name.startswith(PREFIX)
    assert (order.version, order.gib, order.expires) == ("15.19", 20, SCHEDULED + PATIENCE)


def test_a_report_ends_the_server_and_its_secret(world):
    with_task(world)
    world.report(a_report(Verdict.FAILED))
    world.drills().advance(BACKUP, DRILL)
    assert world.verdicts() == ["verdict.failed.json"]
    assert (world.servers.there, world.servers.secrets) == ({}, set())


def test_servers_of_other_stacks_drills_and_attempts_have_other_names():
    names = {
        server_name(stack, BACKUP, drill, attempt)
        for stack in ("one", "two")
        for drill in (DRILL, "20261129T030000Z")
        for attempt in (1, 2)
    }
    assert len(names) == 8


def test_two_drills_at_once_each_end_their_own_server(world):
    with_task(world)
    world.drills().ask(world.now, "newest")
    assert len(world.servers.there) == 2
    world.report()
    world.drills().advance(BACKUP, DRILL)
    (left,) = world.servers.there
    assert left == world.servers.orders[1].name


def creation_refused(world: World) -> None:
    world.servers.refusals["create"] = REFUSED
    ask(world)


def creation_without_capacity(world: World) -> None:
    world.servers.refusals["create"] = NO_ROOM
    ask(world)


def creation_hangs(world: World) -> None:
    ask(world)


def creation_fails(world: World) -> None:
    ask(world)
    world.servers.lose("failed")


def rds_does_not_answer(world: World) -> None:
    world.servers.refusals["look"] = SILENT
    ask(world)
    world.tick_until_over()
    world.servers.refusals.clear()


def task_without_capacity(world: World) -> None:
    world.tasks.refusals = [NoCapacityError("no capacity")] * 9
    ask(world)
    for _ in range(7):
        world.servers.come()
        world.tick()


def task_refused_for_good(world: World) -> None:
    world.tasks.refusals = [TaskRefusedError("the cluster is not there")]
    ask(world)
    world.servers.come()
    world.tick(0.2)


def image_cannot_be_pulled(world: World) -> None:
    ask(world)
    for attempt in range(1, 6):
        world.servers.come()
        world.tick(0.2)
        world.tasks.stopped[f"arn/{DRILL}-{attempt}"] = Stopped(
            attempt, "CannotPullContainerError", began=False
        )
        world.tick()
        assert len(world.servers.there) <= 1


def task_dies(world: World) -> None:
    with_task(world)
    world.tasks.stopped[TASK] = Stopped(1, "out of memory")


def server_lost_before_its_task(world: World) -> None:
    ask(world)
    world.servers.come()
    world.servers.lose("incompatible-network")
    world.tick(0.2)


def task_never_reports(world: World) -> None:
    with_task(world)


def storage_full(world: World) -> None:
    with_task(world)
    world.servers.lose("storage-full")
    world.report(a_report(Verdict.INCONCLUSIVE))


def storage_full_and_no_report(world: World) -> None:
    with_task(world)
    world.servers.lose("storage-full")
    world.tasks.stopped[TASK] = Stopped(1, "exit code 137")


def server_gone_in_the_midst(world: World) -> None:
    with_task(world)
    world.servers.there.clear()
    world.report(a_report(Verdict.INCONCLUSIVE))


FAULTS: list[tuple[Callable[[World], None], str]] = [
    (creation_refused, "no task could be started: MasterUserPassword is not valid"),
    (creation_without_capacity, "InsufficientDBInstanceCapacity"),
    (creation_hangs, "is creating"),
    (creation_fails, "is failed"),
    (rds_does_not_answer, "there was no report by"),
    (task_without_capacity, "no capacity"),
    (task_refused_for_good, "the cluster is not there"),
    (image_cannot_be_pulled, "CannotPullContainerError"),
    (task_dies, "out of memory"),
    (task_never_reports, "there was no report by"),
    (server_lost_before_its_task, "is incompatible-network"),
    (storage_full, ""),
    (storage_full_and_no_report, "exit code 137"),
    (server_gone_in_the_midst, ""),
]


@pytest.mark.parametrize(("fault", "reason"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_a_fault_ends_in_one_inconclusive_verdict_one_event_and_no_server(fault, reason, world):
    fault(world)
    world.tick_until_over()
    assert world.verdicts() == ["verdict.inconclusive.json"]
    assert world.told() == ["DrillInconclusive"]
    assert reason in str(json.loads(world.event("DrillInconclusive"))["facts"]["reason"])
    assert (world.servers.there, world.servers.secrets, world.tasks.running()) == ({}, set(), [])


def comes(world: World) -> None:
    world.servers.come()
    world.tick(0.2)


def reports(world: World) -> None:
    world.report()
    world.drills().advance(BACKUP, DRILL)


STORY: list[Callable[[World], object]] = [ask, comes, reports]


@pytest.mark.parametrize("silent", range(len(STORY)), ids=[step.__name__ for step in STORY])
@pytest.mark.parametrize(
    "methods", [("create",), ("look",), ("delete",), ("create", "look", "delete", "expired")]
)
def test_a_drill_outlives_a_minute_without_rds(silent, methods, world):
    for number, step in enumerate(STORY):
        world.servers.refusals = dict.fromkeys(methods, SILENT) if number == silent else {}
        step(world)
        world.servers.refusals = {}
        comes(world)
    world.tick_until_over()
    assert (world.verdicts(), world.told()) == (["verdict.passed.json"], ["DrillPassed"])
    assert (world.servers.there, world.servers.secrets) == ({}, set())


def test_the_server_of_an_attempt_that_was_refused_is_deleted_before_the_next_attempt(world):
    ask(world)
    world.servers.come()
    world.tasks.refusals = [NoCapacityError("no capacity")]
    world.tick(0.2)
    assert (world.servers.there, world.servers.secrets) == ({}, set())
    world.tick()
    assert [order.name for order in world.servers.orders] != []
    assert len(world.servers.there) == 1


def test_a_server_that_cannot_be_deleted_is_deleted_by_a_later_look(world):
    with_task(world)
    world.servers.refusals["delete"] = DENIED
    world.report()
    world.drills().advance(BACKUP, DRILL)
    assert world.verdicts() == ["verdict.passed.json"]
    assert world.servers.there
    world.servers.refusals.clear()
    world.tick()
    assert world.servers.there == {}


def test_the_reaper_leaves_the_server_of_a_live_drill(world):
    with_task(world)
    assert reaper(world).look(world.now) == []
    assert world.servers.there


def test_the_reaper_deletes_what_has_expired(world):
    ask(world)
    (order,) = world.servers.orders
    assert reaper(world).look(order.expires) == [order.name]
    assert world.servers.there == {}
    assert world.told() == []


def test_what_the_reaper_cannot_delete_is_one_event_however_often_it_looks(world):
    ask(world)
    (order,) = world.servers.orders
    world.servers.refusals["delete"] = DENIED
    for _ in range(3):
        assert reaper(world).look(order.expires) == []
    assert world.told() == ["SandboxNotRemoved"]
    event = json.loads(world.event("SandboxNotRemoved"))
    assert event["severity"] == Severity.ERROR
    assert event["facts"]["object"] == f"server {order.name}"
    assert event["facts"]["cure"] == DENIED.cure


def test_what_could_not_be_deleted_is_told_to_be_gone_once_it_is_if_it_was_told(world):
    ask(world)
    (order,) = world.servers.orders
    world.servers.refusals["delete"] = DENIED
    reaper(world).look(order.expires)
    opened = keys.condition_record("scims-db", Cause.SANDBOX_LEFT, 1, "opened")
    world.catalog.put_new(opened, b"{}")
    reaper(world).look(order.expires)
    assert world.told() == ["SandboxNotRemoved"]
    world.servers.refusals.clear()
    reaper(world).look(order.expires)
    assert sorted(world.told()) == ["ConditionRecovered", "SandboxNotRemoved"]
    assert json.loads(world.event("ConditionRecovered"))["facts"]["condition"] == "sandbox-left"


def test_a_reaper_that_cannot_search_says_so(world):
    world.servers.refusals["expired"] = SILENT
    assert reaper(world).look(world.now) == []
    assert "could not be searched for" in str(world.progress.told)


def asked_and_reported(world: World, life: Life) -> None:
    world.drills(life).ask(SCHEDULED, "newest")
    world.servers.come()
    world.drills(life).look(world.now)
    world.report()
    world.drills(life).advance(BACKUP, DRILL)


def moments() -> range:
    life = Life()
    asked_and_reported(new_world(), life)
    return range(len(life.moments))


@pytest.mark.parametrize("moment", moments())
def test_a_death_at_any_moment_ends_in_one_verdict_and_no_server(moment, world):
    with pytest.raises(DeadError):
        asked_and_reported(world, Life(dying_at(moment)))
    ask(world)
    world.servers.come()
    world.tick()
    world.report()
    world.tick_until_over()
    assert (world.verdicts(), world.told()) == (["verdict.passed.json"], ["DrillPassed"])
    assert (world.servers.there, world.servers.secrets) == ({}, set())
    assert len(world.tasks.started) <= 1
