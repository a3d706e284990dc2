"""A dump that runs as a task, as the catalog's objects tell of it, and what comes next: a pure choice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_run import Attempt, pending
from scims_backup.domain.drill_steps import (
    MOST_ATTEMPTS,
    RETRY_AFTER,
    UNSURE_AFTER,
    Gone,
    Seen,
    Start,
    Stopped,
    Wait,
)
from scims_backup.domain.handover import Handover

DUMP = "dump"
"""What stands where a drill's name does, in what is said of the task."""


class DumpStatus(StrEnum):
    """How far a dump has come that was handed over."""

    OVER = "over"
    LEFT = "left to the function"
    FAILED = "no task took it"


@dataclass(frozen=True)
class DumpRun:
    """All that is known of a dump that was handed over.

    is_over: whether its backup is there, has failed and said so, or was left to the function.
    """

    backup: BackupId
    handover: Handover
    attempts: tuple[Attempt, ...] = ()
    is_over: bool = False

    @property
    def drill(self) -> str:
        """What stands where a drill's name does."""
        return DUMP

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"the dump of {self.backup}"

    @property
    def deadline(self) -> datetime:
        """Until when its task may run."""
        return self.handover.deadline

    @property
    def pending(self) -> Attempt | None:
        """The attempt whose task decides what comes next; None if there is none."""
        return None if self.is_over else pending(self.attempts)

    def key(self, word: str, attempt: int) -> str:
        """The key of what became of an attempt: `started`, `task` or `refused`."""
        return keys.run_attempt(self.backup, word, attempt)


@dataclass(frozen=True)
class Leave:
    """The function takes the backup, for it may fit, and no task can be started."""

    reason: str


@dataclass(frozen=True)
class Fail:
    """Somebody has to be told that there is no backup.

    is_final: whether nothing is tried any more.
    """

    reason: str
    is_final: bool = True


Step = Wait | Start | Leave | Fail


def next_step(run: DumpRun, seen: Seen, now: datetime) -> Step:
    """Choose what comes next: what is over stays so, then a refusal decides, then what became of the task."""
    if run.is_over:
        return Wait()
    last = run.attempts[-1] if run.attempts else None
    if last is not None and last.refused is not None:
        return _refused(run, last, last.refused.reason, last.refused.temporary, now)
    if now >= run.deadline:
        return Fail(f"there was no backup by {run.deadline:%Y-%m-%d %H:%M} UTC")
    return Start(1) if last is None else _after(last, seen, now)


def _refused(run: DumpRun, last: Attempt, reason: str, temporary: bool, now: datetime) -> Step:
    if run.handover.fits_function:
        return Leave(reason)
    if not temporary:
        return Fail(f"no task could be started: {reason}")
    if last.number >= MOST_ATTEMPTS or now >= run.deadline:
        return Fail(f"no task could be started in {last.number} attempts: {reason}")
    if now >= last.started + RETRY_AFTER:
        return Start(last.number + 1)
    return Fail(f"no task could be started yet: {reason}", is_final=False)


def _after(last: Attempt, seen: Seen, now: datetime) -> Step:
    match seen:
        case Stopped(attempt, why, _) if attempt == last.number:
            return Fail(f"its task stopped without a backup: {why}")
        case Gone() if now < last.started + UNSURE_AFTER:
            return Wait()  # ECS may not list the task yet
        case Gone() if last.task is not None:
            return Fail("its task is gone and left no backup")
        case Gone():
            return Start(last.number, again=True)
        case _:
            return Wait()
