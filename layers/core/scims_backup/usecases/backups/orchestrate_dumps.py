"""Dumps that run as tasks: started, watched, left to the function, given up. Every call can be repeated."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_steps import DrillStatus, Seen, Start, Stopped
from scims_backup.domain.dump_run import DumpRun, DumpStatus, Fail, Leave, next_step
from scims_backup.domain.errors import CatalogError, KeyMissingError, KeyTakenError, TaskRefusedError
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.handover import Handover
from scims_backup.ports import Catalog, Progress, Tasks
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.drills.drill_records import attempts_in
from scims_backup.usecases.drills.drill_tasks import RunTasks

_RECENT = timedelta(days=4)
"""Longer than any dump is waited for."""
_CURE = "see docs/deploy.md, Long dumps: what subnets and sizes the task needs; then take the backup again"
VERSION = 1


@dataclass(frozen=True)
class DumpAdvanced:
    """What was done about a dump."""

    backup: BackupId
    step: DrillStatus | DumpStatus


@dataclass(frozen=True)
class OrchestrateDumps:
    """The dumps of one source that do not fit into a function."""

    source: str
    catalog: Catalog
    tasks: Tasks
    events: EventLog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress

    def advance(self, backup: BackupId) -> DumpAdvanced | None:
        """Take the next step of a dump after news about it; None if it was not handed over."""
        run = self._run(backup)
        return None if run is None else self._advanced(run, None, self.clock())

    def task_stopped(self, backup: BackupId, task: str, stopped: Stopped) -> DumpAdvanced | None:
        """Take the next step of a dump whose task has stopped; None if it was not handed over."""
        run = self._run(backup)
        if run is None:
            return None
        seen = self._tasks.explained(stopped, task) if self._tasks.is_of(run, task) else None
        return self._advanced(run, seen, self.clock())

    def look(self, now: datetime) -> tuple[list[DumpAdvanced], list[str]]:
        """Look at every dump that may not be over, and go on with it; stop tasks that have expired.

        Return what was done, and the problems with dumps whose records cannot be read.
        """
        advanced, problems = list[DumpAdvanced](), list[str]()
        for backup in self._handed_over(now):
            try:
                run = self._run(backup)
                if run is not None and not run.is_over:
                    advanced.append(self._advanced(run, self._tasks.seen(run), now))
            except CatalogError as error:
                problems.append(f"the dump of {backup}: {error}")
        self._tasks.stop_expired(now)
        return advanced, problems

    def _handed_over(self, now: datetime) -> list[BackupId]:
        asked = filter(keys.is_task_asked, self.catalog.keys(keys.runs(self.source)))
        return [one for one in map(keys.backup_of_run, asked) if now - one.moment < _RECENT]

    def _run(self, backup: BackupId) -> DumpRun | None:
        found, asked = set(self.catalog.keys(keys.run_of(backup))), keys.task_asked(backup)
        try:
            handover = Handover.from_bytes(self.catalog.get(asked), asked)
        except KeyMissingError:
            return None
        is_over = (
            keys.task_left(backup) in found
            or sum(map(keys.is_failed_run, found)) > handover.failures
            or any(True for _ in self.catalog.keys(keys.manifest(backup)))
        )
        attempts = attempts_in(self.catalog, partial(keys.run_attempt, backup), found)
        return DumpRun(backup, handover, attempts, is_over)

    def _advanced(self, before: DumpRun, seen: Seen, now: datetime) -> DumpAdvanced:
        run = before if before.is_over else self._tasks.noted(before, seen)
        step = next_step(run, seen, now)
        if isinstance(step, Start):
            started = self._tasks.start(run, step.attempt, now, again=step.again)
            if started.status is not DrillStatus.REFUSED:
                return DumpAdvanced(run.backup, started.status)
            run = started.run
            step = next_step(run, None, now)
        if isinstance(step, Leave):
            return self._left(run, step.reason)
        if isinstance(step, Fail):
            return self._failed(run, step)
        return DumpAdvanced(run.backup, DumpStatus.OVER if run.is_over else DrillStatus.WAITS)

    def _left(self, run: DumpRun, reason: str) -> DumpAdvanced:
        """Leave the backup to the function, which the object wakes."""
        document = {"version": VERSION, "run": self.new_id(), "reason": reason}
        try:
            self.catalog.put_new(keys.task_left(run.backup), json.dumps(document).encode() + b"\n")
        except KeyTakenError:
            self.progress.note(f"{run.title} was left to the function already")
        return DumpAdvanced(run.backup, DumpStatus.LEFT)

    def _failed(self, run: DumpRun, step: Fail) -> DumpAdvanced:
        """Tell it, once for each handover, and stop what may still run."""
        if step.is_final:
            self._tasks.stop_all(run, "its dump was given up")
        facts = {
            "error": TaskRefusedError.__name__,
            "message": f"{run.title} failed: {step.reason}",
            "cure": _CURE,
        }
        self.events.record_once(Kind.BACKUP_FAILED, Severity.ERROR, facts, run.handover.asked, run.backup)
        return DumpAdvanced(run.backup, DumpStatus.FAILED if step.is_final else DrillStatus.REFUSED)

    @cached_property
    def _tasks(self) -> RunTasks[DumpRun]:
        return RunTasks(self.catalog, self.tasks, self.new_id, self.progress)
