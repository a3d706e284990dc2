"""The function that removes what the policy does not keep: triggered by each manifest, or by hand."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from functools import partial

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import AlreadyRunningError, CatalogError, VaultError
from scims_backup.handling import triggers
from scims_backup.handling.function_room import tell_short_room
from scims_backup.handling.function_run import Context, Outcome, Run, run
from scims_backup.handling.metrics import Metric, emit
from scims_backup.handling.outcomes import Result, outcome
from scims_backup.settings.model import Flags, Needs, Settings
from scims_backup.settings.stack_sources import stack_sources_in
from scims_backup.usecases.retention.pruned import Pruned

SERVICE = "prune"
_PATIENCE = timedelta(minutes=15)
"""A function runs no longer, so that one that was killed keeps the next one waiting no longer."""


class Action(StrEnum):
    """What a request asks for: remove what the policy does not keep, or free the space that that left."""

    PRUNE = "prune"
    RECLAIM = "reclaim"


def handler(event: triggers.Trigger, context: Context) -> Outcome:
    """Prune after a backup, or as a person confirms it; or reclaim the space of removed backups."""
    return run(SERVICE, context, partial(_woken, event))


def _woken(event: triggers.Trigger, this: Run) -> Outcome:
    by_hand = triggers.detail_type(event) != triggers.OBJECT_CREATED
    created = None if by_hand else _backup_of_manifest(event, this)
    if not by_hand and created is None:
        return outcome(Result.NOT_CALLED_FOR)
    source = created.source if created else triggers.source_named(event)
    settings = resolve(Flags(source=source), this.environment, Needs(vault=True))
    application = Application(settings, this.environment, this.progress, this.redactor)
    if triggers.action(event, Action, Action.PRUNE) is Action.RECLAIM:
        return _reclaim(application)
    # A removal that is refused puts an older manifest back: to act on that would be to act for ever
    if created is not None and created != application.newest():
        return outcome(Result.NOT_CALLED_FOR)
    return _prune(application, settings, this, triggers.confirmed(event) if by_hand else None)


def _backup_of_manifest(event: triggers.Trigger, this: Run) -> BackupId | None:
    """Return the backup of ours whose manifest was created; None for any other object."""
    key = triggers.created_key(event)
    if not keys.is_manifest(key):
        return None
    backup = keys.backup_of(key)
    return backup if backup.source in stack_sources_in(this.environment).every else None


def _reclaim(application: Application) -> Outcome:
    before, after = application.reclaim()
    problems = application.protect_repository()
    return outcome(
        Result.INCOMPLETE if problems else Result.COMPLETED,
        bytes_before=before.current_bytes,
        bytes_after=after.current_bytes,
        noncurrent_bytes=after.noncurrent_bytes,
        problems=problems,
    )


def _prune(application: Application, settings: Settings, this: Run, confirm: str | None) -> Outcome:
    watched = application.watch_sizes()  # before the prune may remove what the newest is compared with
    try:
        pruned = application.prune(None, patience=_PATIENCE, run_id=this.request, confirm=confirm)
    except AlreadyRunningError as error:
        return outcome(Result.ALREADY_RUNNING, message=error.message)
    application.renew_summary()
    _measure(application, settings, pruned, this)
    tell_short_room(SERVICE, application, this)
    return outcome(
        Result.COMPLETED if pruned.is_complete else Result.INCOMPLETE,
        removed=[str(backup) for backup in pruned.removed],
        kept=len(pruned.plan.keep),
        anomalies=[str(kind) for kind in watched.recorded],
        problems=[*pruned.problems, *watched.problems],
    )


def _measure(application: Application, settings: Settings, pruned: Pruned, this: Run) -> None:
    """Write the metrics; a vault that cannot be measured does not undo what was done."""
    values = {Metric.BACKUPS_REMOVED: float(len(pruned.removed))}
    try:
        stored = pruned.usage or application.vault.usage()
        values[Metric.STORED_BYTES] = float(stored.source_bytes)
    except (VaultError, CatalogError) as error:
        this.progress.note(f"what is stored cannot be measured: {error}")
    emit(SERVICE, settings.source, values)
