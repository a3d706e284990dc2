"""Tasks of drills and dumps: started once for each attempt, watched, stopped; the catalog keeps a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from scims_backup.domain.drill_run import Attempt, Refusal, started_note, task_note
from scims_backup.domain.drill_steps import DrillStatus, Gone, Running, Seen, Stopped
from scims_backup.domain.errors import (
    KeyTakenError,
    NoCapacityError,
    SandboxError,
    TaskRefusedError,
    TasksUnreachableError,
)
from scims_backup.ports import Catalog, Progress, Tasks
from scims_backup.usecases.drills.drill_servers import DrillServers
from scims_backup.usecases.drills.task_orders import HasTask, order_of

LONGEST_REASON = 2_000
"""Characters: a reason is for reading."""


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

    servers: where each attempt gets a server of its own; None if tasks make their sandboxes themselves.
    """

    catalog: Catalog
    tasks: Tasks
    new_id: Callable[[], str]
    progress: Progress
    servers: DrillServers | None = None

    def start(self, run: R, attempt: int, now: datetime, *, again: bool) -> TaskStart[R]:
        """Start the task of an attempt, unless another run is starting it. again: it is reserved already."""
        try:
            if not again:
                note = started_note(self.new_id(), now)
                self.catalog.put_new(run.key("started", attempt), note)
            order = order_of(run, attempt)
            server = self.servers.address(order) if self.servers else None
            if self.servers and server is None:
                return TaskStart(DrillStatus.SERVER_COMING, run)
            task = self.tasks.start(order, server)
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
            order = order_of(run, pending.number)
            task = self.tasks.find(order)
            if task is not None:
                return self._looked(task, pending.number)
            return self.servers.seen(order) if self.servers and pending.task is None else Gone()
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

    def remove_servers(self, run: R) -> None:
        """Have the servers of what has no use for them any more deleted."""
        if self.servers is not None:
            self.servers.remove_all(run)

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
            return self.tasks.find(order_of(run, attempt))
        except SandboxError as error:
            self.progress.note(f"the task of {run.title} could not be searched for: {error}")
            return None

    def _with_refusal(self, run: R, attempt: Attempt, refusal: Refusal) -> R:
        try:
            key = run.key("refused", attempt.number)
            self.catalog.put_new(key, refusal.to_bytes())
        except KeyTakenError:
            self.progress.note(f"attempt {attempt.number} at {run.title} was known to be refused")
        if self.servers is not None:
            self.servers.remove(order_of(run, attempt.number))
        refused = replace(attempt, refused=refusal)
        return replace(run, attempts=(*run.attempts[: attempt.number - 1], refused))
