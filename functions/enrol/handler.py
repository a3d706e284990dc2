"""The function that gives the vault its escrow password: asked by CloudFormation, or by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain.errors import ScimsBackupError
from scims_backup.handling import stack_resources, triggers
from scims_backup.handling.function_run import Context, Outcome, Run, UntoldError, run
from scims_backup.handling.outcomes import Result, outcome
from scims_backup.settings.model import Flags, Needs

SERVICE = "enrol"
_WAITS = (5.0, 10.0, 20.0, 40.0)
"""Seconds: rights of a role that is just being made are not known everywhere at once."""


def handler(event: Mapping[str, Any], context: Context) -> Outcome:
    """Enrol the escrow password, once; the answer says whether that was done before."""
    if stack_resources.is_asked(event):
        return _for_stack(event, context)
    return run(SERVICE, context, partial(_enrol, triggers.source_named(event)))


def _for_stack(
    event: Mapping[str, Any], context: Context, sleep: Callable[[float], None] = time.sleep
) -> Outcome:
    """Answer CloudFormation, and never fail a deployment: that would take away what there is to mend.

    Each backup looks anyway whether the password is in.
    """
    return stack_resources.provide(event, context, partial(_attributes, event, context, sleep), _excuse)


def _attributes(
    event: Mapping[str, Any], context: Context, sleep: Callable[[float], None]
) -> stack_resources.Attributes:
    source = triggers.source_named({"source": event["ResourceProperties"].get("Source")})
    tried = _tried(source, context)
    for seconds in _WAITS:
        if tried["outcome"] != Result.FAILED:
            break
        sleep(seconds)
        tried = _tried(source, context)
    return {"Outcome": ": ".join(filter(None, (tried["outcome"], tried.get("message"))))}


def _excuse(reason: str) -> stack_resources.Attributes:
    return {"Outcome": f"{Result.FAILED}: {reason}"}


def _tried(source: str | None, context: Context) -> Outcome:
    try:
        return run(SERVICE, context, partial(_enrol, source))
    except UntoldError as error:
        return outcome(Result.FAILED, message=str(error))


def _enrol(source: str | None, this: Run) -> Outcome:
    """Whoever asked gets the answer, and so a failure needs no event."""
    try:
        settings = resolve(Flags(source=source), this.environment, Needs(vault=True))
        application = Application(settings, this.environment, this.progress, this.redactor)
        added = application.enrol()
    except ScimsBackupError as error:
        return outcome(Result.FAILED, error=type(error).__name__, message=this.redactor.message(error))
    return outcome(Result.ENROLLED if added else Result.ALREADY_ENROLLED)
