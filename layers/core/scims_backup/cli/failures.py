"""Reporting a failure: one line for people, one object for scripts, and never a secret."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass

from scims_backup.cli.invocation import Invocation, Output
from scims_backup.cli.output import print_json, unbroken_output
from scims_backup.domain.errors import UnderstoodError
from scims_backup.runtime.logs import Redactor, structured_logger

_UNEXPECTED = "run it again with --debug, and report it with the traceback"


@dataclass(frozen=True)
class Failure:
    """What is reported of an exception.

    kind: its class, e.g. `SourceUnreachableError`
    message: what happened, to which thing
    cure: what to do, empty if nothing can be said
    """

    kind: str
    message: str
    cure: str


def failure_of(error: BaseException, redactor: Redactor) -> Failure:
    """Describe an exception; of an unexpected one only its type, since its text may hold anything."""
    kind = type(error).__name__
    if isinstance(error, UnderstoodError):
        return Failure(kind, redactor.redact(error.message), redactor.redact(error.cure))
    return Failure(kind, f"unexpected {kind}", _UNEXPECTED)


def write_failure(failure: Failure, output: Output, invocation: Invocation, trace: str) -> None:
    """Write a failure to standard error, and to standard output where JSON is wanted."""
    if output.json:
        with unbroken_output():
            print_json({"error": vars(failure)})
    # The reader of standard error may be gone: the exit code is left
    with suppress(OSError):
        if invocation.wants_json_logs:
            structured_logger(invocation.redactor).error(
                failure.message, kind=failure.kind, cure=failure.cure
            )
        else:
            cure = f"\n  {failure.cure}" if failure.cure else ""
            print(f"scims-backup: {failure.message}{cure}", file=sys.stderr, flush=True)  # noqa: T201
        if trace:
            print(trace, file=sys.stderr, flush=True)  # noqa: T201
