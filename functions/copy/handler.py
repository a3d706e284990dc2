"""The function that makes the second copy: woken by its schedule, or by hand.

By hand perhaps with a `backup`, and with the action `task` for a copy that is to run as a task in any case.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.copy_tasks import copy_tasks
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain.backup import BackupId
from scims_backup.domain.copying import seconds_needed
from scims_backup.domain.errors import CopyTooSlowError, NothingToWorkOnError, ScimsBackupError
from scims_backup.handling import triggers
from scims_backup.handling.metrics import emit
from scims_backup.handling.running import Context, Outcome, Run, run
from scims_backup.settings.model import Flags, Needs
from scims_backup.usecases.alerts.event_log import is_told
from scims_backup.usecases.backups.copy_backup import Copied

SERVICE = "copy"
_ENDS = timedelta(minutes=13)
"""A function runs for 15 minutes; what is not over by then is left to a task, while there is time to ask."""
_FITS = timedelta(minutes=10)
_BYTES_PER_SECOND = 15e6
"""What a function reads, checks and stores elsewhere at least; rather a task too many than one too few."""


def handler(event: triggers.Trigger, context: Context) -> Outcome:
    """Copy a backup to the other side, or let a task do it if it is too large for a function."""
    return run(SERVICE, context, partial(_woken, event))


def _woken(event: triggers.Trigger, this: Run) -> Outcome:
    began = datetime.now(UTC)
    as_task = triggers.action(event, "copy", ("copy", "task")) == "task"
    flags = Flags(selector=event.get("backup"))
    settings = resolve(flags, this.environment, Needs(vault=True, copy=True))
    application = Application(settings, this.environment, this.progress, this.redactor)
    with _telling(application, settings.source):
        try:
            manifest = application.chosen()
        except NothingToWorkOnError as error:
            return {"outcome": "nothing to copy", "message": error.message}
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
    outcome = {"outcome": "already done" if copied.already else "completed"}
    if not copied.already:
        seconds = (datetime.now(UTC) - began).total_seconds()
        emit(SERVICE, source, {"CopiesCompleted": 1, "CopySeconds": seconds})
    return {**outcome, "backup": str(copied.manifest.backup)}


def _running(backup: BackupId, this: Run) -> Outcome | None:
    """Say which task copies now: two copies of a backup at once are the work of one for nothing."""
    task = copy_tasks(this.environment).running()
    return None if task is None else {"outcome": "already running", "backup": str(backup), "task": task}


def _as_task(backup: BackupId, this: Run) -> Outcome:
    task = copy_tasks(this.environment).start(backup, this.request)
    return {"outcome": "asked", "backup": str(backup), "task": task}


@contextmanager
def _telling(application: Application, source: str) -> Iterator[None]:
    """Count what failed, and see to it that an event tells of it."""
    try:
        yield
    except Exception as error:
        emit(SERVICE, source, {"CopiesFailed": 1})
        if isinstance(error, ScimsBackupError) and not is_told(error):
            application.tell_failed_copy(error)
        raise
