"""Plays Fargate: starts tasks, tells their states, and makes them fail when asked to."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from localcloud.clients import Clients
from localcloud.errors import LocalCloudError
from localcloud.fargate.faults import NO_CAPACITY, NO_FAULT, Fault
from localcloud.fargate.logs import Watch
from localcloud.fargate.process import Machine
from localcloud.fargate.requests import check_request, in_own_network
from localcloud.fargate.server import backend, refusal
from localcloud.fargate.state_change import state_change
from localcloud.fargate.task import Task
from localcloud.rights import Rights

_STOP_REASON = "Task stopped by user"


class Fargate:
    """The tasks of one cloud.

    home: their folders' place. environment: what every task finds beside its own.
    """

    def __init__(
        self, clients: Clients, machine: Machine, home: Path, environment: Mapping[str, str], rights: Rights
    ) -> None:
        self._rights = rights
        self._clients = clients
        self._machine = machine
        self._home = home
        self._environment = environment
        self._changed = threading.Condition()
        self._tasks: dict[str, Task] = {}
        self._threads: list[threading.Thread] = []
        self._tokens: dict[str, tuple[Mapping[str, Any], list[Task]]] = {}
        self._faults: deque[Fault] = deque()
        self._held: list[dict[str, Any]] = []

    def next_task(self, **fault: Any) -> None:
        """Decide the fate of a RunTask to come (see Fault); asked twice, of the second one too."""
        self._faults.append(Fault(**fault))

    def running(self) -> list[str]:
        """The ARNs of tasks that have not come to their end."""
        with self._changed:
            return [task.arn for task in self._tasks.values() if not task.is_stopped]

    def tasks(self) -> list[dict[str, Any]]:
        """All tasks there ever were, as DescribeTasks tells them, in the order of their start."""
        with self._changed:
            arns = list(self._tasks)
        return [self.describe(arn) for arn in arns]

    def describe(self, arn: str) -> dict[str, Any]:
        """A task as DescribeTasks tells it."""
        answer = self._clients.client("ecs").describe_tasks(
            cluster=arn.split("/")[-2], tasks=[arn], include=["TAGS"]
        )
        task: dict[str, Any] = answer["tasks"][0]
        return task

    def await_status(self, arn: str, status: str, seconds: float = 60) -> dict[str, Any]:
        """Wait until a task has a status, e.g. STOPPED, and that was told; return the task."""
        task = self._tasks[arn]
        with self._changed:
            if not self._changed.wait_for(lambda: task.told == status, seconds):
                raise LocalCloudError(f"task {arn} is {task.told} after {seconds} s, not {status}")
        return self.describe(arn)

    def left(self) -> list[str]:
        """What tasks that were not killed have left on their disks: it is known of containers alone."""
        with self._changed:
            return [name for task in self._tasks.values() for name in task.left]

    def deliver_held(self) -> int:
        """Tell the stops that were held back; return how many."""
        held, self._held = self._held, []
        for entry in held:
            self._put(entry)
        return len(held)

    def close(self) -> None:
        """End all tasks at once."""
        with self._changed:
            tasks = list(self._tasks.values())
        for task in tasks:
            task.remove()
        for thread in self._threads:
            thread.join(30)

    def run_task(self, request: Mapping[str, Any], plainly: Callable[..., list[Any]]) -> dict[str, Any]:
        """Answer RunTask."""
        with self._changed:
            known = self._known(request)
            if known is not None:
                return {"tasks": [task.record for task in known], "failures": []}
            definition = backend("ecs").describe_task_definition(request["taskDefinition"])
            check_request(request, definition, self._clients.client("ec2"))
            fault = self._faults.popleft() if self._faults else NO_FAULT
            if fault.raises:
                raise refusal(fault.raises, "planted by the test")
            if fault.refused:
                return {"tasks": [], "failures": [{"reason": NO_CAPACITY}]}
            records = in_own_network(request, plainly, backend("ec2"))
            tasks = [self._start(record, definition, fault, request) for record in records]
            if "clientToken" in request:
                self._tokens[request["clientToken"]] = (dict(request), tasks)
        return {"tasks": records, "failures": []}

    def stop_task(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer StopTask."""
        wanted = request["task"].rpartition("/")[2]
        found = next((task for task in self._tasks.values() if task.id == wanted), None)
        if found is None:
            raise refusal("InvalidParameterException", "The referenced task was not found.")
        if not found.is_stopped:
            found.stop(request.get("reason") or _STOP_REASON)
        return {"task": found.record}

    def _known(self, request: Mapping[str, Any]) -> list[Task] | None:
        """The tasks of an earlier request with the same token, if there was one.

        Raise the API's error if it asked for something else.
        """
        if "clientToken" not in request or request["clientToken"] not in self._tokens:
            return None
        earlier, tasks = self._tokens[request["clientToken"]]
        if earlier == request:
            return tasks
        raise refusal(
            "ConflictException",
            "The RunTask request could not be processed due to conflicts. The provided clientToken is "
            "already in use with a different RunTask request. The resourceIds are the existing task ARNs "
            "which are already associated with the clientToken.",
            resourceIds=[task.arn for task in tasks],
        )

    def _start(self, record: Any, definition: Any, fault: Fault, request: Mapping[str, Any]) -> Task:
        if request.get("propagateTags") == "TASK_DEFINITION":
            record.tags = [*definition.tags, *record.tags]
        if request.get("enableECSManagedTags"):
            record.tags = [*record.tags, {"key": "aws:ecs:clusterName", "value": record.cluster_name}]
        task = self._tasks[record.task_arn] = Task(record, definition, fault, self._on_change)
        runner = threading.Thread(
            target=task.run,
            args=(
                self._machine,
                self._home / task.id,
                self._surroundings(definition),
                Watch(self._clients.client("logs"), self._clients.client("cloudwatch")),
            ),
            daemon=True,
        )
        self._threads.append(runner)
        runner.start()
        return task

    def _surroundings(self, definition: Any) -> dict[str, str]:
        role = getattr(definition, "task_role_arn", None)
        own = self._rights.assume(self._clients.client("sts"), role) if role else {}
        return {
            **self._machine.variables,
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            **self._environment,
            **own,
        }

    def _on_change(self, task: Task) -> None:
        entry, is_stopped = state_change(self.describe(task.arn)), task.record.status == "STOPPED"
        if is_stopped and task.fault.held:
            self._held.append(entry)
        else:
            for _ in range(task.fault.deliveries if is_stopped else 1):
                self._put(entry)
        with self._changed:
            task.told = task.record.status
            self._changed.notify_all()

    def _put(self, entry: dict[str, Any]) -> None:
        self._clients.client("events").put_events(Entries=[entry])
