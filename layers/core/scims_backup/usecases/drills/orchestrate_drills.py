"""Drills that run as tasks: asked for, started, watched, given up, concluded. Every call can be repeated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, moment_of, stamp_of
from scims_backup.domain.drill_run import DrillRun, Request
from scims_backup.domain.drill_steps import Conclude, DrillStatus, GiveUp, Seen, Start, Stopped, next_step
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats
from scims_backup.domain.errors import CatalogError, KeyTakenError, NothingToWorkOnError
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.ports import Catalog, Progress, Tasks
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.drills.conclude import conclude
from scims_backup.usecases.drills.drill_records import DrillRecords
from scims_backup.usecases.drills.drill_servers import DrillServers
from scims_backup.usecases.drills.drill_tasks import LONGEST_REASON, RunTasks
from scims_backup.usecases.reports.list_backups import ListBackups


@dataclass(frozen=True)
class Advanced:
    """What was done about a drill.

    backup: None if there was none to drill.
    step: what was done, or the verdict.
    news: the report, if the drill was concluded now for the first time.
    """

    backup: BackupId | None
    drill: str
    step: DrillStatus | Verdict
    news: Report | None = None


@dataclass(frozen=True)
class OrchestrateDrills:
    """The drills of one source.

    patience: how long a drill waits for its report.
    servers: where each attempt gets a server of its own; None if tasks make their sandboxes themselves.
    """

    source: str
    catalog: Catalog
    tasks: Tasks
    events: EventLog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress
    patience: timedelta
    formats: Formats = field(default_factory=lambda: OF_OLD_DOCUMENTS)
    servers: DrillServers | None = None

    def ask(self, scheduled: datetime | None, selector: str) -> Advanced:
        """Request the drill of a scheduled time, or of now; one that was requested before continues.

        Raise UsageError if the selector is not understood, DocumentError if its manifest cannot be read.
        """
        now = self.clock()
        drill = stamp_of(scheduled or now)
        try:
            run = self._records.named(drill) or self._new(drill, selector, now)
        except NothingToWorkOnError as error:
            facts = {"drill": drill, "reason": str(error)}
            self.events.record_once(Kind.DRILL_INCONCLUSIVE, Severity.WARNING, facts, moment_of(drill))
            return Advanced(None, drill, DrillStatus.NOTHING_TO_DRILL)
        return self._advanced(run, None, now)

    def advance(self, backup: BackupId, drill: str) -> Advanced | None:
        """Take the next step of a drill after news about it; None if there is no such drill."""
        run = self._records.of(backup, drill)
        return None if run is None else self._advanced(run, None, self.clock())

    def task_stopped(self, backup: BackupId, drill: str, task: str, stopped: Stopped) -> Advanced | None:
        """Take the next step of a drill whose task has stopped; None if there is no such drill."""
        run = self._records.of(backup, drill)
        if run is None:
            return None
        is_ours = run.report is None and self._tasks.is_of(run, task)
        seen = self._tasks.explained(stopped, task) if is_ours else None
        return self._advanced(run, seen, self.clock())

    def look(self, now: datetime) -> tuple[list[Advanced], list[str]]:
        """Look at every drill that may not be over, and go on with it; stop tasks that have expired.

        Return what was done, and the problems with drills whose records cannot be read.
        """
        advanced, problems = list[Advanced](), list[str]()
        for backup, drill in self._records.to_look_at(now):
            try:
                run = self._records.of(backup, drill)
                if run is not None:
                    advanced.append(self._advanced(run, self._tasks.seen(run), now))
            except CatalogError as error:
                problems.append(f"drill {drill} of {backup}: {error}")
        self._tasks.stop_expired(now)
        return advanced, problems

    def _new(self, drill: str, selector: str, now: datetime) -> DrillRun:
        manifest = ListBackups(self.catalog, self.clock).choose(self.source, selector)
        manifest.refuse_unknown_engine(self.formats)
        backup = manifest.backup
        request = Request(now, now + self.patience)
        key = keys.drill_request(backup, drill)
        try:
            self.catalog.put_new(key, request.to_bytes(self.new_id()))
        except KeyTakenError:  # the schedule was delivered twice at one moment
            request = Request.from_bytes(self.catalog.get(key), key) or request
        facts = {"drill": drill, "deadline": request.deadline.isoformat()}
        self.events.record_once(Kind.DRILL_STARTED, Severity.INFO, facts, request.asked, backup)
        return DrillRun(backup, drill, request)

    def _advanced(self, before: DrillRun, seen: Seen, now: datetime) -> Advanced:
        run = self._tasks.noted(before, seen)
        step = next_step(run, seen, now)
        if isinstance(step, Start):
            return self._started(run, step, now)
        if isinstance(step, GiveUp):
            return self._given_up(run, step.reason, now)
        if isinstance(step, Conclude):
            return self._concluded(run, step.report)
        return Advanced(run.backup, run.drill, DrillStatus.WAITS)

    def _started(self, run: DrillRun, step: Start, now: datetime) -> Advanced:
        """Start a task; if it is refused and never will be granted, give the drill up at once."""
        started = self._tasks.start(run, step.attempt, now, again=step.again)
        if started.status is DrillStatus.REFUSED:
            then = next_step(started.run, None, now)
            if isinstance(then, GiveUp):
                return self._given_up(started.run, then.reason, now)
        return Advanced(run.backup, run.drill, started.status)

    def _given_up(self, run: DrillRun, reason: str, now: datetime) -> Advanced:
        """Stop what runs, and decide, unless a report is faster."""
        self._tasks.stop_all(run, "its drill was abandoned")
        report = Report(Verdict.INCONCLUSIVE, reason=reason[:LONGEST_REASON], ended=now)
        key = keys.drill_report(run.backup, run.drill)
        try:
            self.catalog.put_new(key, report.to_bytes())
        except KeyTakenError:
            report = Report.from_bytes(self.catalog.get(key), key)
        return self._concluded(run, report)

    def _concluded(self, run: DrillRun, report: Report) -> Advanced:
        self._tasks.remove_servers(run)
        conclude(self.catalog, run.backup, run.drill, report, self.progress)
        return Advanced(run.backup, run.drill, report.verdict, None if run.has_verdict else report)

    @cached_property
    def _tasks(self) -> RunTasks[DrillRun]:
        return RunTasks(self.catalog, self.tasks, self.new_id, self.progress, self.servers)

    @cached_property
    def _records(self) -> DrillRecords:
        return DrillRecords(self.source, self.catalog)
