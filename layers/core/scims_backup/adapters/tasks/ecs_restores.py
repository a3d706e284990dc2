"""Restores that take longer than a function may, as tasks on ECS with Fargate."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from scims_backup.adapters.tasks.ecs import TaskPlace, started, translated
from scims_backup.adapters.tasks.ecs_task import became
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_steps import Gone, Running, Stopped
from scims_backup.domain.restore_task import REQUEST

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import KeyValuePairTypeDef, TaskOverrideTypeDef

_SOURCE = "SCIMS_SOURCE"
"""The task definition names the stack's first source."""


class EcsRestores:
    """Starts the tasks that restore; implements ports.RestoreTasks."""

    def __init__(self, place: TaskPlace, ecs: ECSClient) -> None:
        self._place, self._ecs = place, ecs

    def start(self, backup: BackupId, into: str | None, request: str) -> str:
        """Start a task that restores a backup and return its ARN. Raise as the port says."""
        with translated("a task that restores cannot be started"):
            answer = self._ecs.run_task(
                **self._place.task(),
                clientToken=hashlib.sha256(f"restore {backup} {request}".encode()).hexdigest(),
                startedBy="restore",
                overrides=self._overrides(backup, into, request),
            )
        return started(answer)

    def _overrides(self, backup: BackupId, into: str | None, request: str) -> TaskOverrideTypeDef:
        """Return the command line's own words, and what the task hears by its environment."""
        command = [str(backup), *(["--into", into] if into else [])]
        variables: list[KeyValuePairTypeDef] = [
            {"name": _SOURCE, "value": backup.source},
            {"name": REQUEST, "value": request},
        ]
        return {
            "containerOverrides": [
                {"name": self._place.container, "command": command, "environment": variables}
            ]
        }

    def look(self, task: str) -> Running | Stopped | Gone:
        """Say what became of a task. Raise SandboxError if ECS does not answer."""
        with translated("a task that restores cannot be described"):
            found = self._ecs.describe_tasks(cluster=self._place.cluster, tasks=[task])["tasks"]
        return became(found[0], 1) if found else Gone()

    def log_of(self, task: str) -> str:
        """Return where a task writes its log."""
        stream = f"{self._place.log_prefix}/{self._place.container}/{task.rpartition('/')[2]}"
        return f"{self._place.log_group}, {stream}"
