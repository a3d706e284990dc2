"""The function that takes a backup: woken by a schedule, or by hand; the event may name a `source`.

Where a cloud makes the archive later, a tick and that cloud's events wake it again, to collect the archive.
"""

from __future__ import annotations

from enum import StrEnum
from functools import partial

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain.errors import ScimsBackupError
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Manifest
from scims_backup.handling import triggers
from scims_backup.handling.function_run import Context, Outcome, Run, run
from scims_backup.handling.metrics import Metric, emit
from scims_backup.handling.outcomes import Result, outcome
from scims_backup.settings.model import Flags, Needs
from scims_backup.usecases.backups.claims import Repeated, Repetition

SERVICE = "dump"
_REPEATED = {
    Repetition.DONE: Result.ALREADY_DONE,
    Repetition.RUNNING: Result.ALREADY_RUNNING,
    Repetition.ORDERED: Result.ALREADY_ORDERED,
}


class Action(StrEnum):
    """What the function is asked for."""

    BACKUP = "backup"
    COLLECT = "collect"


def handler(event: triggers.Trigger, context: Context) -> Outcome:
    """Take the backup of the scheduled time, once however often that is asked."""
    return run(SERVICE, context, partial(_dump, event))


def _dump(event: triggers.Trigger, this: Run) -> Outcome:
    action, scheduled = triggers.action(event, Action, Action.BACKUP), triggers.scheduled(event)
    flags = Flags(source=triggers.source_named(event))
    settings = resolve(flags, this.environment, Needs(url=True, vault=True))
    application = Application(settings, this.environment, this.progress, this.redactor)
    try:
        taking = application.take_backup()
        taken = taking.collect(Level.FULL) if action is Action.COLLECT else taking.run(Level.FULL, scheduled)
    except Exception as error:
        emit(SERVICE, settings.source, {Metric.BACKUPS_FAILED: 1})
        if isinstance(error, ScimsBackupError) and not error.recorded_as:  # before the run began: a secret
            application.record_failed_backup(error)
        raise
    if taken is None:
        return outcome(Result.NOTHING_AWAITED)
    if isinstance(taken, Repeated):
        return outcome(_REPEATED[taken.why], backup=str(taken.backup))
    emit(SERVICE, settings.source, _measured(taken))
    return outcome(Result.COMPLETED, backup=str(taken.backup))


def _measured(taken: Manifest) -> dict[Metric, float]:
    return {
        Metric.BACKUPS_COMPLETED: 1,
        Metric.BACKUP_SECONDS: (taken.finished - taken.started).total_seconds(),
        Metric.BACKUP_BYTES: taken.archive.bytes,
        Metric.BACKUP_STORED_BYTES: taken.archive.stored_bytes,
    }
