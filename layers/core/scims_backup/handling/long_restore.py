"""What a function answers about a restore that is too long for it: which task does it, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from scims_backup.domain.drill_steps import Running, Stopped
from scims_backup.domain.dump_time import Where, fits_function, where_to_run
from scims_backup.domain.errors import SandboxError, UsageError
from scims_backup.domain.events import Event, Kind
from scims_backup.domain.health_rules import span
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.restore_task import RestoreTask
from scims_backup.handling.function_run import Outcome
from scims_backup.handling.outcomes import Result, outcome
from scims_backup.ports import Progress
from scims_backup.usecases.restores.ask_task import AskTask

_ASK_AGAIN = "send the same request again to hear what became of it"
_ONCE_MORE = "with `again` it is restored once more"
_TOLD = ("database", "swapped", "aside", "was_there", "error", "message", "cure", "seconds")


@dataclass(frozen=True)
class LongRestore:
    """A restore that a function was asked for, and that a task may do.

    asking: None where the environment does not say where tasks run.
    database: the name of the restored one.
    into: the same, if it was chosen.
    prediction: how long a function would take.
    """

    asking: AskTask | None
    manifest: Manifest
    database: str
    into: str | None
    prediction: timedelta
    progress: Progress

    def by_task(self, *, wanted: bool, again: bool) -> Outcome | None:
        """Answer for the task that does it; None if the function itself is to do it.

        wanted: by a task, however short it is.
        again: though it is over.
        Raise UsageError if it does not fit into the function, and no task can be started.
        """
        if self.asking is None:
            self._leave_to_function("this function does not know where tasks run", wanted=wanted)
            return None
        last = self.asking.last(self.manifest.backup, self.database)
        if last is not None and last.task is not None:
            told = self._told(self.asking, last)
            if not again or told["outcome"] == Result.ALREADY_RUNNING:
                return told
        if not wanted and where_to_run(self.prediction) is Where.FUNCTION:
            return None
        return self._started(self.asking, wanted=wanted)

    def _started(self, asking: AskTask, *, wanted: bool) -> Outcome | None:
        seconds = self.prediction.total_seconds()
        try:
            started = asking.start(self.manifest.backup, self.database, self.into, seconds)
        except SandboxError as error:
            self._leave_to_function(error.message, wanted=wanted)
            return None
        return self._about(
            asking, Result.ASKED, started, predicted_seconds=round(seconds), message=_ASK_AGAIN
        )

    def _leave_to_function(self, why: str, *, wanted: bool) -> None:
        """Note why no task does it. Raise UsageError if one has to."""
        if wanted:
            raise UsageError(f"no task could be started: {why}", self._by_hand())
        if not fits_function(self.prediction):
            raise UsageError(
                f"restoring {self.manifest.backup} is predicted to take {span(self.prediction)}, which is "
                f"more than a function has, and no task could be started: {why}",
                self._by_hand(),
            )
        self.progress.note(f"no task could be started, and the restore may fit into the function: {why}")

    def refuse_long_swap(self, live: str) -> None:
        """Raise UsageError if proving the database before it is swapped in does not fit into the function."""
        if not fits_function(self.prediction):
            raise UsageError(
                f"proving {self.database} before the swap is predicted to take {span(self.prediction)}, "
                "which is more than a function has",
                self._by_hand("--swap", "--confirm", live),
            )

    def _by_hand(self, *options: str) -> str:
        words = [str(self.manifest.backup), *(["--into", self.into] if self.into else []), *options]
        command = ", ".join(f'"{word}"' for word in words)
        return f"run the task by hand: the stack's output RestoreCommand, with {command} as its command"

    def _told(self, asking: AskTask, restore: RestoreTask) -> Outcome:
        try:
            state = asking.became(restore)
        except SandboxError as error:
            return self._about(asking, Result.ALREADY_RUNNING, restore, message=error.message)
        if isinstance(state, Event):
            return self._ended(asking, restore, state)
        if isinstance(state, Running):
            return self._about(asking, Result.ALREADY_RUNNING, restore, message=_ASK_AGAIN)
        why = state.why if isinstance(state, Stopped) else "the task is not known any more"
        return self._about(asking, Result.FAILED, restore, message=f"{why}: read its log; {_ONCE_MORE}")

    def _ended(self, asking: AskTask, restore: RestoreTask, event: Event) -> Outcome:
        found = {name: event.facts[name] for name in _TOLD if name in event.facts}
        facts = {"message": f"this is over; {_ONCE_MORE}", **found}
        findings = event.facts.get("findings_in_all")
        if event.kind == Kind.RESTORE_COMPLETED:
            return self._about(asking, Result.RESTORED, restore, **facts)
        if findings is None:
            return self._about(asking, Result.FAILED, restore, **facts)
        return self._about(asking, Result.DIFFERS, restore, **facts, findings=findings)

    def _about(self, asking: AskTask, result: Result, restore: RestoreTask, **facts: object) -> Outcome:
        task = restore.task or ""
        return outcome(
            result,
            **{
                "backup": str(self.manifest.backup),
                "database": self.database,
                "task": task,
                "log": asking.tasks.log_of(task),
                "asked": restore.asked.asked.isoformat(),
                **facts,
            },
        )
