"""The function that takes a backup: woken by a schedule, or by hand; the event may name a `source`.

Where a cloud makes the archive later, a tick and that cloud's events wake it again, to collect the archive.
A dump that does not fit into its time is handed over to a task; the action `task` hands it over in any case.
If no task can be started, an object leaves the backup to this function, if it may fit after all.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.dump_time import Where
from scims_backup.domain.errors import ScimsBackupError
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Manifest
from scims_backup.handling import triggers
from scims_backup.handling.backup_metrics import failed, measured
from scims_backup.handling.function_room import tell_short_room
from scims_backup.handling.function_run import Context, Outcome, Run, run
from scims_backup.handling.metrics import emit
from scims_backup.handling.outcomes import Result, outcome
from scims_backup.runtime.signals import alarm
from scims_backup.settings.model import Flags, Needs
from scims_backup.usecases.backups.claims import Repeated, Repetition
from scims_backup.usecases.backups.hand_over import Window
from scims_backup.usecases.backups.take_backup import TakeBackup

SERVICE = "dump"
_REPEATED = {
    Repetition.DONE: Result.ALREADY_DONE,
    Repetition.RUNNING: Result.ALREADY_RUNNING,
    Repetition.ORDERED: Result.ALREADY_ORDERED,
    Repetition.HANDED_OVER: Result.HANDED_OVER,
}


class Action(StrEnum):
    """What the function is asked for."""

    BACKUP = "backup"
    COLLECT = "collect"
    TASK = "task"


def handler(event: triggers.Trigger, context: Context) -> Outcome:
    """Take the backup of the scheduled time, once however often that is asked."""
    return run(SERVICE, context, partial(_dump, event))


def _dump(event: triggers.Trigger, this: Run) -> Outcome:
    left = _left_to_function(event)
    if left is None and triggers.detail_type(event) == triggers.OBJECT_CREATED:
        return outcome(Result.NOT_OURS, key=triggers.created_key(event))
    action, scheduled = triggers.action(event, Action, Action.BACKUP), triggers.scheduled(event)
    flags = Flags(source=left.source if left else triggers.source_named(event))
    settings = resolve(flags, this.environment, Needs(url=True, vault=True))
    application = Application(settings, this.environment, this.progress, this.redactor)
    try:
        ends = datetime.now(UTC) + this.time_to_work()
        window = Window(ends, alarm, is_last=left is not None, task_wanted=action is Action.TASK)
        taking = application.take_backup(window, Where.FUNCTION)
        taken = _taken(taking, action, scheduled, left)
    except Exception as error:
        emit(SERVICE, settings.source, failed())
        if isinstance(error, ScimsBackupError) and not error.recorded_as:  # before the run began: a secret
            application.record_failed_backup(error)
        raise
    if taken is None:
        return outcome(Result.NOTHING_AWAITED)
    if isinstance(taken, Repeated):
        return outcome(_REPEATED[taken.why], backup=str(taken.backup))
    emit(SERVICE, settings.source, measured(taken))
    tell_short_room(SERVICE, application, this)
    return outcome(Result.COMPLETED, backup=str(taken.backup))


def _left_to_function(event: triggers.Trigger) -> BackupId | None:
    """The backup that an object leaves to this function; None if something else woke it."""
    if triggers.detail_type(event) != triggers.OBJECT_CREATED:
        return None
    key = triggers.created_key(event)
    return keys.backup_of_run(key) if keys.is_task_left(key) else None


def _taken(
    taking: TakeBackup, action: Action, scheduled: datetime | None, left: BackupId | None
) -> Manifest | Repeated | None:
    if left is not None:
        return taking.take(Level.FULL, left)
    return taking.collect(Level.FULL) if action is Action.COLLECT else taking.run(Level.FULL, scheduled)
