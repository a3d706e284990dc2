"""The function that makes the second copy: triggered by its schedule, or by hand.

A request by hand may name a `backup`, and with the action `task` the copy runs as a task in any case.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.copy_tasks import copy_tasks
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CopyTooSlowError, NothingToWorkOnError, ScimsBackupError
from scims_backup.domain.second_copy import seconds_needed
from scims_backup.handling import triggers
from scims_backup.handling.function_run import Context, Outcome, Run, run
from scims_backup.handling.metrics import Metric, emit
from scims_backup.handling.outcomes import Result, outcome
from scims_backup.settings.model import Flags, Needs
from scims_backup.usecases.backups.copy_backup import Copied

SERVICE = "copy"
_ENDS = timedelta(minutes=13)
"""A function runs for 15 minutes; what is not over by then is left to a task, while there is time to ask."""
_FITS = timedelta(minutes=10)
_BYTES_PER_SECOND = 15e6
"""What a function reads, checks and stores elsewhere at least; rather a task too many than one too few."""


class Action(StrEnum):
    """What a request asks for: a copy, or a copy that runs as a task whatever its size."""

    COPY = "copy"
    TASK = "task"


def handler(event: triggers.Trigger, context: Context) -> Outcome:
    """Copy a backup to the other side; a task does that if the backup is too large for a function."""
    return run(SERVICE, context, partial(_woken, event))


def _woken(event: triggers.Trigger, this: Run) -> Outcome:
    began = datetime.now(UTC)
    as_task = triggers.action(event, Action, Action.COPY) is Action.TASK
    flags = Flags(selector=event.get("backup"))
    settings = resolve(flags, this.environment, Needs(vault=True, copy=True))
    application = Application(settings, this.environment, this.progress, this.redactor)
    with _recorded_failures(application, settings.source):
        try:
            manifest = application.chosen()
        except NothingToWorkOnError as error:
            return outcome(Result.NOTHING_TO_COPY, message=error.message)
        copying = application.copy_backup(ends=began + _ENDS)
        if copying.done(manifest.backup) is None:
            running = _running(manifest.backup, this)
            if running is not None:
                return running
            if as_task or not _fits(manifest.archive.bytes):
                return _as_task(manifest.backup, this)
        try:
            return _copied(copying.run(manifest.backup), settings.source, began)
        except CopyTooSlowError as error:
            this.progress.note(error.message)
            return _running(manifest.backup, this) or _as_task(manifest.backup, this)


def _fits(archive_bytes: int) -> bool:
    return seconds_needed(archive_bytes, _BYTES_PER_SECOND) <= _FITS.total_seconds()


def _copied(copied: Copied, source: str, began: datetime) -> Outcome:
    backup = str(copied.manifest.backup)
    if copied.already:
        return outcome(Result.ALREADY_DONE, backup=backup)
    seconds = (datetime.now(UTC) - began).total_seconds()
    emit(SERVICE, source, {Metric.COPIES_COMPLETED: 1, Metric.COPY_SECONDS: seconds})
    return outcome(Result.COMPLETED, backup=backup)


def _running(backup: BackupId, this: Run) -> Outcome | None:
    """Say which task copies now: two copies of a backup at once are the work of one for nothing."""
    task = copy_tasks(this.environment).running()
    return None if task is None else outcome(Result.ALREADY_RUNNING, backup=str(backup), task=task)


def _as_task(backup: BackupId, this: Run) -> Outcome:
    task = copy_tasks(this.environment).start(backup, this.request)
    return outcome(Result.ASKED, backup=str(backup), task=task)


@contextmanager
def _recorded_failures(application: Application, source: str) -> Iterator[None]:
    """Count a failure, and make sure that an event records it."""
    try:
        yield
    except Exception as error:
        emit(SERVICE, source, {Metric.COPIES_FAILED: 1})
        if isinstance(error, ScimsBackupError) and not error.recorded_as:
            application.record_failed_copy(error)
        raise
