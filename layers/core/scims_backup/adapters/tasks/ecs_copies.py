"""Copies that take longer than a function may, as tasks on ECS with Fargate."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from scims_backup.adapters.tasks.ecs import TaskPlace, started, translated
from scims_backup.domain.backup import BackupId

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


class EcsCopies:
    """Starts the tasks that copy. The task reports its own outcome; CopyOverdue covers one that cannot."""

    def __init__(self, place: TaskPlace, ecs: ECSClient) -> None:
        self._place, self._ecs = place, ecs

    def running(self) -> str | None:
        """Return the ARN of a task that copies now; None if there is none."""
        with translated("the tasks of copies cannot be listed"):
            found = self._ecs.list_tasks(
                cluster=self._place.cluster, family=self._place.task_definition, desiredStatus="RUNNING"
            )
        return next(iter(found["taskArns"]), None)

    def start(self, backup: BackupId, request: str) -> str:
        """Start a task that copies a backup and return its ARN.

        request: the same for what is repeated, which starts no second task. Raise TaskRefusedError,
        NoCapacityError or TasksUnreachableError.
        """
        with translated("a task that copies cannot be started"):
            answer = self._ecs.run_task(
                **self._place.task(),
                clientToken=hashlib.sha256(f"copy {backup} {request}".encode()).hexdigest(),
                startedBy="copy",
                overrides={"containerOverrides": [{"name": self._place.container, "command": [str(backup)]}]},
            )
        return started(answer)
