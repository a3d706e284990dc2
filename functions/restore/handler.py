"""The function that restores: invoked by hand for a restore, a survey of the target, or an undo.

A restore that does not fit into its time is done by a task, which it starts; the same request again says
what became of it. With `task` a task does it in any case, with `again` once more though it is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import partial

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain.errors import (
    NothingToWorkOnError,
    ScimsBackupError,
    TimeIsUpError,
    UsageError,
)
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.moments import moment_typed
from scims_backup.domain.restored import Restored
from scims_backup.domain.verdict import Verdict
from scims_backup.handling import triggers
from scims_backup.handling.function_run import Context, Outcome, Run, run
from scims_backup.handling.long_restore import LongRestore
from scims_backup.handling.metrics import Metric, emit
from scims_backup.handling.outcomes import Result, outcome
from scims_backup.runtime.signals import alarm
from scims_backup.settings.model import Flags, Needs
from scims_backup.usecases.restores.confirm_replacement import refuse_unconfirmed
from scims_backup.usecases.restores.restore_backup import RestoreBackup, RestoreRequest
from scims_backup.usecases.restores.restore_time import predicted_restore

SERVICE = "restore"
_CHOOSING: Mapping[str, type] = {"action": str, "source": str, "backup": str, "at": str, "into": str}


class Action(StrEnum):
    """What a request asks for: a restore, a survey of the target, or the undo of a swap."""

    RESTORE = "restore"
    SURVEY = "survey"
    UNDO = "undo"


_KEYS: Mapping[Action, Mapping[str, type]] = {
    Action.RESTORE: {**_CHOOSING, "swap": bool, "confirm": str, "task": bool, "again": bool},
    Action.SURVEY: _CHOOSING,
    Action.UNDO: {"action": str, "source": str, "confirm": str},
}


def handler(event: triggers.Trigger, context: Context) -> Outcome:
    """Do what is asked for; nothing is tried of what is asked for wrongly."""
    return run(SERVICE, context, partial(_refusing, event))


def _refusing(event: triggers.Trigger, this: Run) -> Outcome:
    try:
        return _asked(event, this)
    except (UsageError, NothingToWorkOnError) as error:
        if error.recorded_as:
            raise
        return outcome(Result.REFUSED, error=type(error).__name__, message=this.redactor.message(error))


def _asked(event: triggers.Trigger, this: Run) -> Outcome:
    action = triggers.action(event, Action)
    triggers.refuse_others(event, _KEYS[action])
    reads = action is not Action.UNDO
    needs = Needs(vault=reads, expectations=reads, restore=True, after_restore=reads)
    flags = Flags(source=event.get("source"), selector=event.get("backup"))
    settings = resolve(flags, this.environment, needs)
    application = Application(settings, this.environment, this.progress, this.redactor)
    swap = event.get("swap", False)
    request = RestoreRequest(event.get("into"), swap, application.questions)
    if action is Action.SURVEY:
        return _survey(application, _chosen(application, event), request)
    with _recorded_failures(application, settings.source):
        if swap or action is Action.UNDO:
            _refuse_unconfirmed(application.swapping_target().live, event, "swap" if swap else "undo")
        if action is Action.UNDO:
            return _undo(application)
        manifest = _chosen(application, event)
        restoring = application.restore_backup(manifest)
        is_there = restoring.is_there(manifest, request)
        if swap and not is_there:
            raise _not_there(manifest)
        long = _long(application, restoring, manifest, request, only_proves=is_there)
        if swap:
            long.refuse_long_swap(restoring.target.live)
        elif answer := long.by_task(wanted=event.get("task", False), again=event.get("again", False)):
            return answer
        with alarm(this.time_to_work().total_seconds()):
            return _restored(restoring.run(manifest, request))


def _long(
    application: Application,
    restoring: RestoreBackup,
    manifest: Manifest,
    request: RestoreRequest,
    *,
    only_proves: bool,
) -> LongRestore:
    return LongRestore(
        application.ask_task(),
        manifest,
        restoring.name(manifest, request),
        request.into,
        predicted_restore(application.catalog, manifest, only_proves=only_proves),
        restoring.progress,
    )


@contextmanager
def _recorded_failures(application: Application, source: str) -> Iterator[None]:
    """Count a failure, and make sure that an event records it; a refusal is no failure."""
    try:
        yield
    except (Exception, TimeIsUpError) as error:
        if isinstance(error, (UsageError, NothingToWorkOnError)) and not error.recorded_as:
            raise
        emit(SERVICE, source, {Metric.RESTORES_FAILED: 1})
        if isinstance(error, ScimsBackupError) and not error.recorded_as:  # before the run began: a secret
            application.record_failed_restore(error)
        raise


def _chosen(application: Application, event: triggers.Trigger) -> Manifest:
    return application.chosen(moment_typed(event["at"], "at") if "at" in event else None)


def _refuse_unconfirmed(live: str, event: triggers.Trigger, what: str) -> None:
    refuse_unconfirmed(live, event.get("confirm"), what, f"pass its name as confirm: {live}")


def _not_there(manifest: Manifest) -> UsageError:
    """A call may come twice, from a client whose connection was lost: it must not swap twice."""
    return UsageError(
        f"{manifest.backup} is not restored yet",
        "first request the same restore without swap and confirm, then the swap",
    )


def _survey(application: Application, manifest: Manifest, request: RestoreRequest) -> Outcome:
    surveyed = application.restore_backup(manifest).survey(manifest, request)
    return outcome(Result.SURVEYED, backup=str(manifest.backup), survey=[vars(one) for one in surveyed])


def _undo(application: Application) -> Outcome:
    swapped = application.undo_restore()
    return outcome(
        Result.UNDONE,
        restored=swapped.live,
        aside=swapped.aside,
        away_seconds=round(swapped.seconds, 3),
    )


def _restored(restored: Restored) -> Outcome:
    report, passed = restored.report, restored.report.verdict is Verdict.PASSED
    counted = Metric.RESTORES_COMPLETED if passed else Metric.RESTORES_FAILED
    emit(SERVICE, restored.backup.source, {counted: 1, Metric.RESTORE_SECONDS: sum(report.seconds.values())})
    answer = (
        outcome(Result.RESTORED)
        if passed
        else outcome(Result.DIFFERS, findings=len(report.findings), cure=restored.cure)
    )
    return {**answer, "backup": str(restored.backup), **restored.to_document()}
