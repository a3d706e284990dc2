"""The function that restores: asked by hand for a restore, a look at what one would meet, or an undo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain.errors import NothingToWorkOnError, ScimsBackupError, UsageError
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.moments import moment_typed
from scims_backup.domain.restored import Restored
from scims_backup.domain.verdict import Verdict
from scims_backup.handling import triggers
from scims_backup.handling.metrics import emit
from scims_backup.handling.running import Context, Outcome, Run, run
from scims_backup.settings.model import Flags, Needs
from scims_backup.usecases.alerts.event_log import is_told
from scims_backup.usecases.restores.confirm_replacement import refuse_unconfirmed
from scims_backup.usecases.restores.restore_backup import RestoreRequest

SERVICE = "restore"
_CHOOSING: Mapping[str, type] = {"action": str, "backup": str, "at": str, "into": str}
_KEYS: Mapping[str, Mapping[str, type]] = {
    "restore": {**_CHOOSING, "swap": bool, "confirm": str},
    "survey": _CHOOSING,
    "undo": {"action": str, "confirm": str},
}


def handler(event: triggers.Trigger, context: Context) -> Outcome:
    """Do what is asked for; nothing is tried of what is asked for wrongly."""
    return run(SERVICE, context, partial(_refusing, event))


def _refusing(event: triggers.Trigger, this: Run) -> Outcome:
    try:
        return _asked(event, this)
    except (UsageError, NothingToWorkOnError) as error:
        if is_told(error):
            raise
        return {"outcome": "refused", "error": type(error).__name__, "message": this.redactor.message(error)}


def _asked(event: triggers.Trigger, this: Run) -> Outcome:
    action = triggers.action(event, "", tuple(_KEYS))
    triggers.refuse_others(event, _KEYS[action])
    reads = action != "undo"
    needs = Needs(vault=reads, expectations=reads, restore=True, after_restore=reads)
    settings = resolve(Flags(selector=event.get("backup")), this.environment, needs)
    application = Application(settings, this.environment, this.progress, this.redactor)
    swap = event.get("swap", False)
    wish = RestoreRequest(event.get("into"), swap, application.questions)
    if action == "survey":
        return _survey(application, _chosen(application, event), wish)
    with _telling(application, settings.source):
        if swap or action == "undo":
            _refuse_unconfirmed(application.swapping_target().live, event, "swap" if swap else "undo")
        if action == "undo":
            return _undo(application)
        manifest = _chosen(application, event)
        restoring = application.restore_backup(manifest)
        if swap and not restoring.is_there(manifest, wish):
            raise _not_there(manifest)
        restored = restoring.run(manifest, wish)
    return _restored(restored)


@contextmanager
def _telling(application: Application, source: str) -> Iterator[None]:
    """Count what failed, and see to it that an event tells of it; a refusal is none."""
    try:
        yield
    except Exception as error:
        if isinstance(error, (UsageError, NothingToWorkOnError)) and not is_told(error):
            raise
        emit(SERVICE, source, {"RestoresFailed": 1})
        if isinstance(error, ScimsBackupError) and not is_told(error):  # before the run began: a secret
            application.tell_failed_restore(error)
        raise


def _chosen(application: Application, event: triggers.Trigger) -> Manifest:
    return application.chosen(moment_typed(event["at"], "at") if "at" in event else None)


def _refuse_unconfirmed(live: str, event: triggers.Trigger, what: str) -> None:
    refuse_unconfirmed(live, event.get("confirm"), what, f"give its name as confirm: {live}")


def _not_there(manifest: Manifest) -> UsageError:
    """A call may come twice, from a client whose connection was lost: it must not swap twice."""
    return UsageError(
        f"{manifest.backup} is not restored yet",
        "ask for the same without swap and confirm, then for the swap",
    )


def _survey(application: Application, manifest: Manifest, wish: RestoreRequest) -> Outcome:
    surveyed = application.restore_backup(manifest).survey(manifest, wish)
    return {
        "outcome": "surveyed",
        "backup": str(manifest.backup),
        "survey": [vars(one) for one in surveyed],
    }


def _undo(application: Application) -> Outcome:
    swapped = application.undo_restore()
    return {
        "outcome": "undone",
        "restored": swapped.live,
        "aside": swapped.aside,
        "away_seconds": round(swapped.seconds, 3),
    }


def _restored(restored: Restored) -> Outcome:
    report, passed = restored.report, restored.report.verdict is Verdict.PASSED
    counted = "RestoresCompleted" if passed else "RestoresFailed"
    emit(SERVICE, restored.backup.source, {counted: 1, "RestoreSeconds": sum(report.seconds.values())})
    outcome: Outcome = (
        {"outcome": "restored"}
        if passed
        else {"outcome": "differs", "findings": len(report.findings), "cure": restored.cure}
    )
    return {
        **outcome,
        "backup": str(restored.backup),
        "database": restored.database,
        "swapped": restored.swapped,
        "aside": restored.aside,
        "away_seconds": restored.away_seconds,
        "roles_created": list(restored.roles_created),
        "was_there": restored.was_there,
    }
