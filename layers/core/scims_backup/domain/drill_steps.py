"""What comes next in a drill that runs as a task: a pure choice, the same however often it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scims_backup.domain.drill_run import Attempt, DrillRun
from scims_backup.domain.verdict import Report

MOST_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=30)
"""An attempt that was refused is followed by the next one no sooner: capacity does not come back at once."""
UNSURE_AFTER = timedelta(minutes=10)
"""A run that reserved an attempt and recorded nothing for this long has died: no function runs longer."""


class DrillStatus(StrEnum):
    """How far a drill has come that has no verdict yet."""

    NOTHING_TO_DRILL = "nothing to drill"
    BEING_STARTED = "is being started"
    MAYBE_STARTED = "may be started"
    SERVER_COMING = "waits for its server"
    STARTED = "started"
    REFUSED = "was refused a task"
    WAITS = "waits"


@dataclass(frozen=True)
class Running:
    """The task of the last attempt runs, or is about to."""


@dataclass(frozen=True)
class Gone:
    """Nobody knows a task of the last attempt."""


@dataclass(frozen=True)
class Stopped:
    """A task has stopped.

    attempt: whose it was
    began: whether the drill in it had begun at all
    """

    attempt: int
    why: str
    began: bool = True


@dataclass(frozen=True)
class ServerComing:
    """The server that the task is to restore to is being made. why: no task has been started yet."""

    why: str


@dataclass(frozen=True)
class ServerReady:
    """The server is there, and its task can be started."""


Seen = Running | Gone | Stopped | ServerComing | ServerReady | None
"""What was seen of the last attempt's task; None if nobody looked."""


@dataclass(frozen=True)
class Wait:
    """There is nothing to do now."""


@dataclass(frozen=True)
class Start:
    """Start the task of an attempt.

    again: it is reserved already.
    """

    attempt: int
    again: bool = False


@dataclass(frozen=True)
class GiveUp:
    """The drill is inconclusive, and its tasks must be stopped."""

    reason: str


@dataclass(frozen=True)
class Conclude:
    """The drill's report decides."""

    report: Report


Step = Wait | Start | GiveUp | Conclude


def next_step(run: DrillRun, seen: Seen, now: datetime) -> Step:
    """Choose what comes next: the report decides, then the deadline, then what became of the last attempt."""
    if run.report is not None:
        return Conclude(run.report)
    if now >= run.request.deadline:
        deadline = f"{run.request.deadline:%Y-%m-%d %H:%M} UTC"
        return GiveUp(f"there was no report by {deadline}{_last_refusal(run)}{_coming(seen)}")
    if not run.attempts:
        return Start(1)
    last = run.attempts[-1]
    if last.refused is not None:
        if not last.refused.temporary:
            return GiveUp(f"no task could be started: {last.refused.reason}")
        return _again_later(last, last.refused.reason, now)
    return _after(last, seen, now)


def _after(last: Attempt, seen: Seen, now: datetime) -> Step:
    match seen:
        case Stopped(attempt, why, began) if attempt == last.number:
            return (
                GiveUp(f"its task stopped without a report: {why}") if began else _again_later(last, why, now)
            )
        case ServerReady():
            return Start(last.number, again=True)
        case Gone() if now < last.started + UNSURE_AFTER:
            return Wait()  # ECS may not list the task yet
        case Gone() if last.task is not None:
            return GiveUp("its task is gone and left no report")
        case Gone():
            return Start(last.number, again=True)
        case _:
            return Wait()


def _again_later(last: Attempt, why: str, now: datetime) -> Step:
    if last.number >= MOST_ATTEMPTS:
        return GiveUp(f"no task could be started in {last.number} attempts: {why}")
    return Start(last.number + 1) if now >= last.started + RETRY_AFTER else Wait()


def _last_refusal(run: DrillRun) -> str:
    refused = [attempt.refused for attempt in run.attempts if attempt.refused is not None]
    return f"; the last task was refused: {refused[-1].reason}" if refused else ""


def _coming(seen: Seen) -> str:
    return f"; {seen.why}" if isinstance(seen, ServerComing) else ""
