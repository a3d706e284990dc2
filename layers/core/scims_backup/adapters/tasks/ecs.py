"""Tasks on ECS with Fargate."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypedDict

from botocore.exceptions import BotoCoreError, ClientError

from scims_backup.adapters.s3.s3_errors import code_of, described
from scims_backup.adapters.tasks.ecs_task import (
    became,
    client_token,
    has_expired,
    is_of,
    started_by,
    tags_of,
    variables_of,
)
from scims_backup.domain.drill_steps import Gone, Running, Stopped
from scims_backup.domain.errors import NoCapacityError, SandboxError, TaskRefusedError, TasksUnreachableError
from scims_backup.domain.sandbox_server import ServerAddress
from scims_backup.ports import TaskOrder

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import (
        NetworkConfigurationTypeDef,
        RunTaskResponseTypeDef,
        TaskOverrideTypeDef,
        TaskTypeDef,
    )
    from mypy_boto3_logs import CloudWatchLogsClient

_LATER = frozenset({"ThrottlingException", "LimitExceededException"})
_LATER_BY_TEXT = re.compile(r"capacity|reached the limit|limit exceeded", re.IGNORECASE)
"""Words of a refusal that passes, whatever its code: ECS has none for a quota of tasks or vCPUs."""
_UNSURE = frozenset({"ServerException", "ServiceUnavailableException"})
"""Codes that do not say whether a task was started."""
_NEVER = ("MISSING", "INACTIVE")
"""Reasons of a refused task that waiting does not change ('API failure reasons' of ECS)."""
_LINES, _LONGEST_LINE = 5, 300
_STATUSES: tuple[Literal["RUNNING", "STOPPED"], ...] = ("RUNNING", "STOPPED")


class _OneTask(TypedDict):
    cluster: str
    taskDefinition: str
    launchType: Literal["FARGATE"]
    count: int
    propagateTags: Literal["TASK_DEFINITION"]
    networkConfiguration: NetworkConfigurationTypeDef


@dataclass(frozen=True)
class TaskPlace:
    """Where tasks run: arn of the cluster, task definition's family, container, network and logs."""

    cluster: str
    task_definition: str
    container: str
    subnets: Sequence[str]
    security_groups: Sequence[str]
    assign_public_ip: Literal["ENABLED", "DISABLED"]
    log_group: str
    log_prefix: str

    def task(self) -> _OneTask:
        """What every request to start a task there says."""
        return {
            "cluster": self.cluster,
            "taskDefinition": self.task_definition,
            "launchType": "FARGATE",
            "count": 1,
            "propagateTags": "TASK_DEFINITION",
            "networkConfiguration": self.network(),
        }

    def network(self) -> NetworkConfigurationTypeDef:
        """How a task there is connected, as ECS takes it."""
        return {
            "awsvpcConfiguration": {
                "subnets": list(self.subnets),
                "securityGroups": list(self.security_groups),
                "assignPublicIp": self.assign_public_ip,
            }
        }


def started(answer: RunTaskResponseTypeDef) -> str:
    """Return the ARN of the task that ECS started. Raise as the port says if it started none."""
    if answer["tasks"]:
        return answer["tasks"][0]["taskArn"]
    raise refusal_of([failure.get("reason", "no reason") for failure in answer["failures"]])


class EcsTasks:
    """Starts, finds and stops the tasks of drills.

    logs: makes the client, since few need it.
    """

    def __init__(self, place: TaskPlace, ecs: ECSClient, logs: Callable[[], CloudWatchLogsClient]) -> None:
        self._place, self._ecs, self._logs = place, ecs, logs

    def start(self, order: TaskOrder, server: ServerAddress | None = None) -> str:
        """Start a task and return its ARN. Raise as the port says."""
        with translated("a task cannot be started"):
            answer = self._ecs.run_task(
                **self._place.task(),
                clientToken=client_token(order),
                startedBy=started_by(order),
                tags=tags_of(order),
                overrides=self._overrides(order, server),
            )
        return started(answer)

    def find(self, order: TaskOrder) -> str | None:
        """Return the ARN of an order's task; ECS forgets a stopped one after about an hour."""
        found = (task for status in _STATUSES for task in self._tasks(status))
        return next((task["taskArn"] for task in found if is_of(task, order)), None)

    def look(self, task: str, attempt: int) -> Running | Stopped | Gone:
        """Say what became of a task."""
        with translated("a task cannot be described"):
            found = self._ecs.describe_tasks(cluster=self._place.cluster, tasks=[task])["tasks"]
        return became(found[0], attempt) if found else Gone()

    def last_lines(self, task: str) -> Sequence[str]:
        """Return the last messages in a task's log stream; none if they cannot be read."""
        stream = f"{self._place.log_prefix}/{self._place.container}/{task.rpartition('/')[2]}"
        try:
            found = self._logs().get_log_events(
                logGroupName=self._place.log_group, logStreamName=stream, limit=_LINES, startFromHead=False
            )
        except (ClientError, BotoCoreError) as error:
            return [f"(its log cannot be read: {described(error)})"]
        return [_message(event["message"])[:_LONGEST_LINE] for event in found["events"]]

    def stop(self, task: str, why: str) -> None:
        """Stop a task; one that ECS does not know is stopped already."""
        try:
            with translated("a task cannot be stopped"):
                self._ecs.stop_task(cluster=self._place.cluster, task=task, reason=why)
        except TaskRefusedError as error:
            if not isinstance(error.__cause__, ClientError) or not _is_unknown(error.__cause__):
                raise

    def expired(self, now: datetime) -> Sequence[str]:
        """Return the running tasks of drills that have expired, by their tags."""
        return [task["taskArn"] for task in self._tasks("RUNNING") if has_expired(task, now)]

    def _tasks(self, status: Literal["RUNNING", "STOPPED"]) -> Iterator[TaskTypeDef]:
        """Yield the tasks of our family; a page of the list is as many as can be described at once."""
        cluster, family = self._place.cluster, self._place.task_definition
        with translated("the tasks of drills cannot be listed"):
            pages = self._ecs.get_paginator("list_tasks").paginate(
                cluster=cluster, family=family, desiredStatus=status
            )
            for page in pages:
                if arns := page["taskArns"]:
                    yield from self._ecs.describe_tasks(cluster=cluster, tasks=arns, include=["TAGS"])[
                        "tasks"
                    ]

    def _overrides(self, order: TaskOrder, server: ServerAddress | None) -> TaskOverrideTypeDef:
        variables = variables_of(order, server)
        return {"containerOverrides": [{"name": self._place.container, "environment": variables}]}


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn the failures of ECS into the errors of the port. doing: what was tried, for messages."""
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code in _UNSURE:
            raise _unreachable(doing, error) from error
        later = code in _LATER or _LATER_BY_TEXT.search(described(error)) is not None
        raise _refusal(f"{doing}: {described(error)}", later=later) from error
    except BotoCoreError as error:
        raise _unreachable(doing, error) from error


def _unreachable(doing: str, error: ClientError | BotoCoreError) -> TasksUnreachableError:
    cure = "check the network between the function and ECS; it will be tried again"
    return TasksUnreachableError(f"{doing}: {described(error)}", cure)


def refusal_of(reasons: Sequence[str]) -> SandboxError:
    """Return the error for a task that ECS did not start, by the reasons that it gave."""
    given = reasons or ["no reason"]
    return _refusal(f"ECS started no task: {', '.join(given)}", later=not set(given) & set(_NEVER))


def _refusal(message: str, *, later: bool) -> SandboxError:
    if later:
        return NoCapacityError(
            message,
            "it will be tried again; if this persists, choose other subnets or a smaller task, or ask AWS "
            "for a higher quota",
        )
    return TaskRefusedError(
        message, "check the cluster, the task definition, subnets, security group and roles"
    )


def _is_unknown(error: ClientError) -> bool:
    return code_of(error) == "InvalidParameterException" and "not found" in described(error)


def _message(line: str) -> str:
    """Return what a line of the log says; a structured one says it in `message`."""
    try:
        document = json.loads(line)
    except ValueError:
        return line.strip()
    return str(document.get("message", line)) if isinstance(document, dict) else line.strip()
