"""How ECS's answers and events are understood: refusals for now and for good, and why a task stopped."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from scims_backup.adapters.tasks.ecs import EcsTasks, TaskPlace
from scims_backup.adapters.tasks.ecs_task import became, client_token, has_expired, whose
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_steps import Running, Stopped
from scims_backup.domain.errors import NoCapacityError, TaskRefusedError, TasksUnreachableError
from scims_backup.ports import TaskOrder
from tests.support.ecs import Ecs

EVENTS = Path(__file__).parents[2] / "events"
ORDER = TaskOrder(
    BackupId("scims-db", "20261122T020000Z"), "20261122T030000Z", 1, datetime(2026, 11, 22, 9, tzinfo=UTC)
)
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
PLACE = TaskPlace("cluster", "family", "drill", ["subnet-1"], ["sg-1"], "DISABLED", "logs", "drill")


def tasks(answer):
    ecs: Any = Ecs(answer)
    logs: Any = None
    return EcsTasks(PLACE, ecs, logs)


def started(answer):
    return tasks(answer).start(ORDER)


def error(code, message="no"):
    return ClientError({"Error": {"Code": code, "Message": message}}, "RunTask")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time"}]}, NoCapacityError),
        ({"tasks": [], "failures": [{"reason": "RESOURCE:ENI"}]}, NoCapacityError),
        ({"tasks": [], "failures": [{"reason": "MISSING"}]}, TaskRefusedError),
        ({"tasks": [], "failures": []}, NoCapacityError),
        (error("ThrottlingException"), NoCapacityError),
        (error("ServerException"), TasksUnreachableError),
        (error("LimitExceededException"), NoCapacityError),
        (error("InvalidParameterException", "Capacity is unavailable at this time"), NoCapacityError),
        (error("ClientException", "You've reached the limit on the number of vCPUs"), NoCapacityError),
        (error("InvalidParameterException", "Request limit exceeded."), NoCapacityError),
        (error("ClusterNotFoundException"), TaskRefusedError),
        (error("AccessDeniedException"), TaskRefusedError),
        (ConnectTimeoutError(endpoint_url="https://ecs.example.org"), TasksUnreachableError),
    ],
)
def test_a_task_that_is_not_started_is_told_apart_by_whether_waiting_helps(answer, kind):
    with pytest.raises(kind) as caught:
        started(answer)
    assert caught.value.cure


def test_a_task_that_is_started_is_known_by_its_arn():
    assert started({"tasks": [{"taskArn": "arn:task/1"}], "failures": []}) == "arn:task/1"


def test_the_same_order_has_the_same_short_token_and_another_attempt_another():
    again = TaskOrder(ORDER.backup, ORDER.drill, 1, datetime(2026, 11, 23, tzinfo=UTC))
    other = TaskOrder(ORDER.backup, ORDER.drill, 2, ORDER.expires)
    assert client_token(ORDER) == client_token(again) != client_token(other)
    assert len(client_token(ORDER)) <= 64


def test_a_task_that_cannot_be_stopped_is_told_unless_it_is_not_known():
    tasks(error("InvalidParameterException", "The referenced task was not found.")).stop("t", "x")
    with pytest.raises(TaskRefusedError):
        tasks(error("AccessDeniedException")).stop("t", "x")


def detail(name):
    return json.loads((EVENTS / f"{name}.json").read_text())["detail"]


@pytest.mark.parametrize(
    ("name", "why", "began"),
    [
        (
            "task-stopped",
            "EssentialContainerExited: Essential container in task exited: exit code 0",
            True,
        ),
        (
            "task-out-of-memory",
            f"EssentialContainerExited: Essential container in task exited: {OUT_OF_MEMORY}: exit code 137",
            True,
        ),
        ("task-failed-to-start", "TaskFailedToStart: CannotPullContainerError: manifest unknown", False),
    ],
)
def test_an_event_of_ecs_tells_whose_task_stopped_and_why(name, why, began):
    task = detail(name)
    assert whose(task) == (BackupId("scims-db", "20261122T020000Z"), "20261122T030000Z", 1)
    assert became(task, 1) == Stopped(1, why, began)


def test_a_task_that_has_not_stopped_runs():
    assert became({**detail("task-stopped"), "lastStatus": "RUNNING"}, 1) == Running()


@pytest.mark.parametrize(
    "task",
    [
        {},
        {"overrides": {"containerOverrides": [{"name": "drill"}]}},
        {
            "overrides": {
                "containerOverrides": [
                    {
                        "environment": [
                            {"name": "SCIMS_BACKUP", "value": "no id"},
                            {"name": "SCIMS_DRILL", "value": "d"},
                            {"name": "SCIMS_ATTEMPT", "value": "1"},
                        ]
                    }
                ]
            }
        },
    ],
)
def test_a_task_of_something_else_is_nobodys(task):
    assert whose(task) is None


@pytest.mark.parametrize(
    ("tags", "expired"),
    [
        ({"scims:drill": "d", "scims:expires": "2026-11-22T09:00:00+00:00"}, True),
        ({"scims:drill": "d", "scims:expires": "2026-11-22T09:00:01+00:00"}, False),
        ({"scims:drill": "d", "scims:expires": "soon"}, False),
        ({"scims:drill": "d", "scims:expires": "2026-11-22T08:00:00"}, False),
        ({"scims:drill": "d"}, False),
        ({"scims:expires": "2026-11-22T09:00:00+00:00"}, False),
    ],
)
def test_only_a_tagged_task_past_its_expiry_has_expired(tags, expired):
    task = {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
    assert has_expired(task, ORDER.expires) is expired
