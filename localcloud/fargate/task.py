"""A task: moto's record of it, brought up to date with what its process does."""

import shutil
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localcloud.fargate.container import TaskContainer
from localcloud.fargate.faults import Fault
from localcloud.fargate.logs import LogGroupMissingError, LogStream, Watch
from localcloud.fargate.process import Machine, TaskProcess

_STOP_SECONDS = 30
"""ECS's default for a container's stopTimeout."""
_KILLED = 137
_STOP_REASON = "Service scheduler initiated a stop"
_OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"


class Task:
    """Runs its first container. record: moto's object, whose attributes are what DescribeTasks tells.

    on_change: called at each new status, after the record has it; it sets told once it has told the world.
    """

    def __init__(
        self, record: Any, definition: Any, fault: Fault, on_change: Callable[["Task"], None]
    ) -> None:
        self.record = record
        self.fault = fault
        self.arn = str(record.task_arn)
        self._container = definition.container_definitions[0]
        self._on_change = on_change
        self._process: TaskProcess | TaskContainer | None = None
        self.left: list[str] = []
        self.told = ""
        self._lock = threading.Lock()
        self._asked_to_stop = ""
        self._prepare(definition)

    @property
    def id(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def is_stopped(self) -> bool:
        """Say whether it has come to its end, and that was told."""
        return self.told == "STOPPED"

    def run(self, machine: Machine, folder: Path, environment: Mapping[str, str], watch: Watch) -> None:
        """Run it to its end. environment: beside what the definition and the overrides give."""
        self._enter("PENDING")
        if self.fault.unstartable:
            self._never_ran(self.fault.unstartable)
            return
        try:
            options = self._container["logConfiguration"]["options"]
            stream = LogStream(watch, options, self._container["name"], self.id)
        except LogGroupMissingError as error:
            self._never_ran(str(error))
            return
        code = self._run_process(machine, folder, environment, stream)
        # what is killed cannot tidy up, and its disk goes with it
        self.left = self._process.left if self._process and code != _KILLED else []
        stream.close()
        shutil.rmtree(folder, ignore_errors=True)
        self._ended(code)

    def stop(self, reason: str) -> None:
        """Ask its process to end, as StopTask does."""
        with self._lock:
            self._asked_to_stop = reason
            self.record.desired_status = "STOPPED"
            self.record.stopping_at = _now()
            process = self._process
        if process is not None:
            process.terminate(float(self._container.get("stopTimeout", _STOP_SECONDS)))

    def remove(self) -> None:
        """End its process at once."""
        if self._process is not None:
            self._process.remove()

    def _prepare(self, definition: Any) -> None:
        record, cluster = self.record, self.record.cluster_name
        record.status, record.created_at, record.version = "PROVISIONING", _now(), 0
        record.cpu, record.memory = definition.cpu, definition.memory
        record.availability_zone = f"{record.region_name}a"
        record.connectivity, record.connectivity_at = "CONNECTED", _now()
        record.platform_version, record.platform_family = record.platform_version or "1.4.0", "Linux"
        record.ephemeral_storage = definition.ephemeral_storage or {"sizeInGiB": 20}
        arn = self.arn.replace(":task/", ":container/")
        record.containers = [
            {
                "containerArn": f"{arn}/{uuid.uuid4()}",
                "taskArn": self.arn,
                "name": container["name"],
                "image": container["image"],
                "lastStatus": "PENDING",
                "networkInterfaces": [],
                "cpu": str(container.get("cpu", 0)),
            }
            for container in definition.container_definitions
        ]
        assert cluster in self.arn  # noqa: S101  long ARNs

    def _run_process(
        self, machine: Machine, folder: Path, environment: Mapping[str, str], stream: LogStream
    ) -> int | None:
        """Return the exit code, or None if it was asked to stop before it began."""
        with self._lock:
            if self._asked_to_stop:
                return None
            surroundings, take = {**environment, **self._environment()}, self._taking(stream)
            process: TaskProcess | TaskContainer
            if machine.image is None:
                process = TaskProcess(machine, self._command(), surroundings, folder, take)
            else:
                sized = self._sized()
                process = TaskContainer(machine.image, self._command(), surroundings, sized, take)
            self._process = process
        self.record.started_at = self.record.pull_started_at = self.record.pull_stopped_at = _now()
        self._enter("RUNNING")
        return process.wait()

    def _taking(self, stream: LogStream) -> Callable[[str], None]:
        """What is done with each line: it is logged, and may be the task's last."""
        last = self.fault.last_line

        def take(line: str) -> None:
            stream.write(line)
            if last is None or last not in line or self._process is None:
                return
            if self.fault.stopped:
                self.stop(_STOP_REASON)
            else:
                self._process.kill()

        return take

    def _sized(self) -> dict[str, Any]:
        """The container as its definition says, and as large as the task."""
        memory, disk = self.fault.memory or int(self.record.memory), self.fault.disk
        return {**self._container, "memory": memory, "cpu": int(self.record.cpu), "disk": disk}

    def _command(self) -> list[str]:
        if self.fault.silent:
            return ["true"]
        command = self._override().get("command") or self._container.get("command") or []
        return [*(self._container.get("entryPoint") or []), *command]

    def _environment(self) -> dict[str, str]:
        given = [*self._container.get("environment", []), *self._override().get("environment", [])]
        return {pair["name"]: pair["value"] for pair in given}

    def _override(self) -> Mapping[str, Any]:
        overrides = self.record.overrides.get("containerOverrides", [])
        found = (each for each in overrides if each["name"] == self._container["name"])
        return next(found, {})

    def _never_ran(self, reason: str) -> None:
        self.record.stop_code, self.record.stopped_reason = "TaskFailedToStart", reason
        self._stopped({})

    def _ended(self, code: int | None) -> None:
        if self._asked_to_stop:
            self.record.stop_code, self.record.stopped_reason = "UserInitiated", self._asked_to_stop
        else:
            self.record.stop_code = "EssentialContainerExited"
            self.record.stopped_reason = "Essential container in task exited"
        told = {} if code is None else {"exitCode": code}
        starved = self.fault.out_of_memory or (self._process is not None and self._process.ran_out_of_memory)
        self._stopped({**told, "reason": _OUT_OF_MEMORY} if starved else told)

    def _stopped(self, told: Mapping[str, Any]) -> None:
        self.record.execution_stopped_at = _now()
        self.record.stopping_at = getattr(self.record, "stopping_at", None) or _now()
        self.record.desired_status = "STOPPED"
        self.record.containers[0].update(told)
        self._enter("DEPROVISIONING")
        self.record.stopped_at = _now()
        self._enter("STOPPED")

    def _enter(self, status: str) -> None:
        container = {"PENDING": "PENDING", "RUNNING": "RUNNING"}.get(status, "STOPPED")
        for each in self.record.containers:
            each["lastStatus"] = container
        self.record.status = status
        self.record.version += 1
        self._on_change(self)


def _now() -> datetime:
    return datetime.now(UTC)
