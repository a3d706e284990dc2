"""Where drills run that do not run here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_steps import Gone, Running, Stopped
from scims_backup.domain.sandbox_server import ServerAddress


@dataclass(frozen=True)
class TaskOrder:
    """The task of one attempt at a drill.

    expires: after that moment nobody wants it to run.
    """

    backup: BackupId
    drill: str
    attempt: int
    expires: datetime


class RestoreTasks(Protocol):
    """Where restores run that do not fit into a function."""

    def start(self, backup: BackupId, into: str | None, request: str) -> str:
        """Start a task that restores a backup and return its name; a repeated request is the same task.

        into: the restored database's name; None for the usual one.
        request: its name, which the event of its end has.
        Raise TaskRefusedError, NoCapacityError or TasksUnreachableError as for drills.
        """

    def look(self, task: str) -> Running | Stopped | Gone:
        """Say what became of a task. Raise SandboxError if that is not known."""

    def log_of(self, task: str) -> str:
        """Return where a task writes its log."""


class Tasks(Protocol):
    """Where drills run that do not run here. A task is named as the service that runs it names it."""

    def start(self, order: TaskOrder, server: ServerAddress | None = None) -> str:
        """Start a task and return its name; the same order again, within a day, is the same task.

        server: that was made for this attempt; None if the task makes its sandbox itself.

        Raise TaskRefusedError, NoCapacityError if the same may succeed later, TasksUnreachableError if it is
        not known whether it was started.
        """

    def find(self, order: TaskOrder) -> str | None:
        """Return the name of the task that an order started; None if there is none, or none any more."""

    def look(self, task: str, attempt: int) -> Running | Stopped | Gone:
        """Say what became of a task. attempt: whose it is."""

    def last_lines(self, task: str) -> Sequence[str]:
        """Return what a task wrote last; nothing if it wrote nothing, or that cannot be read."""

    def stop(self, task: str, why: str) -> None:
        """Stop a task; one that has stopped, or is not known any more, is stopped already."""

    def expired(self, now: datetime) -> Sequence[str]:
        """Return the tasks of drills that run though they have expired; nobody else's."""
