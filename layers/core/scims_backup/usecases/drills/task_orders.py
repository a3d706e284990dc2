"""What runs as a task, a drill or a dump, and what the task of an attempt is ordered by."""

from __future__ import annotations

from dataclasses import Field
from datetime import datetime
from typing import Any, ClassVar, Protocol

from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_run import Attempt
from scims_backup.ports import TaskOrder


class HasTask(Protocol):
    """What runs as a task: a drill, or a dump."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def backup(self) -> BackupId:
        """The backup that it is about."""

    @property
    def drill(self) -> str:
        """Its name among what is done with the backup."""

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts to start its task."""

    @property
    def pending(self) -> Attempt | None:
        """The attempt whose task decides what comes next; None if there is none."""

    @property
    def title(self) -> str:
        """What messages call it."""

    @property
    def deadline(self) -> datetime:
        """Until when its task may run."""

    def key(self, word: str, attempt: int) -> str:
        """The key of what became of an attempt: `started`, `task` or `refused`."""


def order_of(run: HasTask, attempt: int) -> TaskOrder:
    """Return what the task of an attempt is ordered by."""
    return TaskOrder(run.backup, run.drill, attempt, run.deadline)
