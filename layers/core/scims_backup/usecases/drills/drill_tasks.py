"""Tasks of drills and dumps: started once for each attempt, watched, stopped; the catalog keeps a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_run import Attempt, Refusal, started_note, task_note
from scims_backup.domain.drill_steps import DrillStatus, Gone, Running, Seen, Stopped
from scims_backup.domain.errors import (
    KeyTakenError,
    NoCapacityError,
    SandboxError,
    TaskRefusedError,
    TasksUnreachableError,
)
from scims_backup.ports import Catalog, Progress, TaskOrder, Tasks

LONGEST_REASON = 2_000
"""Characters: a reason is for reading."""


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


R = TypeVar("R", bound=HasTask)


@dataclass(frozen=True)
class TaskStart(Generic[R]):
    """What became of the attempt to start a task.

    run: what it is for, with the refusal if the task was refused.
    """

    status: DrillStatus
    run: R


@dataclass(frozen=True)
class RunTasks(Generic[R]):
    """Starts, finds and stops the tasks of drills, or those of dumps.

    The service that runs tasks is asked which one is a drill's: the catalog could name any other.
    """

    catalog: Catalog
    tasks: Tasks
    new_id: Callable[[], str]
    progress: Progress

    def start(self, run: R, attempt: int, now: datetime, *, again: bool) -> TaskStart[R]:
        """Start the task of an attempt, unless another run is starting it. again: it is reserved already."""
        try:
            if not again:
                note = started_note(self.new_id(), now)
                self.catalog.put_new(run.key("started", attempt), note)
            task = self.tasks.start(_order(run, attempt))
        except KeyTakenError:
            return TaskStart(DrillStatus.BEING_STARTED, run)
        except TasksUnreachableError as error:
            self.progress.note(f"it is not known whether a task of {run.title} was started: {error}")
            return TaskStart(DrillStatus.MAYBE_STARTED, run)
        except (TaskRefusedError, NoCapacityError) as error:
            refusal = Refusal(str(error)[:LONGEST_REASON], isinstance(error, NoCapacityError))
            return TaskStart(DrillStatus.REFUSED, self._with_refusal(run, Attempt(attempt, now), refusal))
        self.catalog.put_new(run.key("task", attempt), task_note(task))
        return TaskStart(DrillStatus.STARTED, run)

    def noted(self, run: R, seen: Seen) -> R:
        """Keep that a task stopped before its program had begun: that is as good as refused."""
        pending = run.pending
        if pending is None or not isinstance(seen, Stopped) or seen.began or seen.attempt != pending.number:
            return run
        return self._with_refusal(run, pending, Refusal(seen.why[:LONGEST_REASON], temporary=True))

    def seen(self, run: R) -> Seen:
        """Look at the last attempt's task; None if no attempt is pending."""
        pending = run.pending
        if pending is None:
            return None
        try:
            task = self.tasks.find(_order(run, pending.number))
            return Gone() if task is None else self._looked(task, pending.number)
        except SandboxError as error:
            self.progress.note(f"the task of {run.title} could not be checked: {error}")
            return Running()

    def _looked(self, task: str, attempt: int) -> Seen:
        seen = self.tasks.look(task, attempt)
        return self.explained(seen, task) if isinstance(seen, Stopped) else seen

    def explained(self, stopped: Stopped, task: str) -> Stopped:
        """Add what a task that has stopped wrote last."""
        lines = self.tasks.last_lines(task)
        return (
            replace(stopped, why=f"{stopped.why}; it last wrote: {' | '.join(lines)}") if lines else stopped
        )

    def is_of(self, run: R, task: str) -> bool:
        """Say whether a task is that of the last attempt."""
        pending = run.pending
        return pending is not None and task == self._found(run, pending.number)

    def stop_all(self, run: R, why: str) -> None:
        """Stop whatever runs for this."""
        for attempt in run.attempts:
            task = self._found(run, attempt.number)
            if task is not None:
                self._stop(task, why)

    def stop_expired(self, now: datetime) -> None:
        """Stop what runs though it has expired."""
        try:
            expired = self.tasks.expired(now)
        except SandboxError as error:
            self.progress.note(f"expired tasks could not be searched for: {error}")
            return
        for task in expired:
            self._stop(task, "it has expired")

    def _stop(self, task: str, why: str) -> None:
        """Stop a task; one that cannot be stopped now expires, and is stopped by a later look."""
        try:
            self.tasks.stop(task, why)
        except SandboxError as error:
            self.progress.note(f"task {task} could not be stopped: {error}")

    def _found(self, run: R, attempt: int) -> str | None:
        try:
            return self.tasks.find(_order(run, attempt))
        except SandboxError as error:
            self.progress.note(f"the task of {run.title} could not be searched for: {error}")
            return None

    def _with_refusal(self, run: R, attempt: Attempt, refusal: Refusal) -> R:
        try:
            key = run.key("refused", attempt.number)
            self.catalog.put_new(key, refusal.to_bytes())
        except KeyTakenError:
            self.progress.note(f"attempt {attempt.number} at {run.title} was known to be refused")
        refused = replace(attempt, refused=refusal)
        return replace(run, attempts=(*run.attempts[: attempt.number - 1], refused))


def _order(run: HasTask, attempt: int) -> TaskOrder:
    return TaskOrder(run.backup, run.drill, attempt, run.deadline)
