"""The program `scims-backup`: read the command line, run the command, end with its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer

from scims_backup.cli.catalogue import commands
from scims_backup.cli.command_line import PROGRAM, command_line
from scims_backup.cli.exits import Exit, exit_of_error
from scims_backup.cli.failures import failure_of, write_failure
from scims_backup.cli.invocation import AS_MODULE, Invocation, Output
from scims_backup.cli.output import unbroken_output
from scims_backup.domain.errors import UsageError
from scims_backup.runtime.logs import Redactor, log_warnings
from scims_backup.runtime.signals import Interruption

if TYPE_CHECKING:
    from scims_backup.bootstrap.engines import Registry
    from scims_backup.cli.request import Request


def main(arguments: Sequence[str] | None = None, engines: Registry | None = None) -> None:
    """Run the program and exit.

    arguments: None for those that were typed.
    engines: the kinds of sources that it knows; None for those that come with it.
    """
    sys.stdout = _usable(sys.stdout)
    sys.stderr = _usable(sys.stderr)
    typed = sys.argv[1:] if arguments is None else arguments
    program = _as_started() if arguments is None else AS_MODULE
    sys.exit(run(typed, dict(os.environ), engines, program))


def _as_started() -> list[str]:
    """Return what started this process, without the arguments that were typed."""
    return [sys.executable, *sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv) + 1]]


def _usable(stream: TextIO | None) -> TextIO:
    """A stream that takes every name, whatever the terminal's encoding; none at all if it was closed."""
    if stream is None:
        return Path(os.devnull).open("w")
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def run(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    engines: Registry | None = None,
    program: Sequence[str] = AS_MODULE,
) -> int:
    """Run one command and return its exit code. Every failure is reported, without secrets.

    program: what starts this program again.
    """
    invocation = Invocation(environment, Redactor.of_environment(environment), engines, program)
    output = Output(json="--json" in arguments, debug="--debug" in arguments)
    interruption = Interruption()
    try:
        with interruption.watched():
            return _run(arguments, invocation)
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException as error:  # noqa: BLE001  the last place that can report it without showing a secret
        _report(error, output, invocation)
        return interruption.exit_code or exit_of_error(error)


def _run(arguments: Sequence[str], invocation: Invocation) -> int:
    with unbroken_output():
        request = _request(arguments)
    if isinstance(request, int):
        return request
    log_warnings(invocation.redactor, structured=invocation.wants_json_logs)
    # what follows loads every adapter: only to run a command
    from scims_backup.bootstrap.engines import keep_apart  # noqa: PLC0415
    from scims_backup.cli.session import Session  # noqa: PLC0415

    session = Session(request, invocation)
    keep_apart(os.environ, session.engines)
    return session.run()


def _request(arguments: Sequence[str]) -> Request | int:
    """Read the command line; an exit code means that it was answered already (`--help`, `--version`)."""
    if not arguments:
        command_line().main(["--help"], prog_name=PROGRAM, standalone_mode=False)
        return Exit.WRONG_USAGE
    try:
        request: Request | int = command_line().main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        raise UsageError(error.format_message(), f"see {_help_for(arguments)}") from None
    return request


def _help_for(arguments: Sequence[str]) -> str:
    names = {entry.name for entry in commands}
    command = next((f" {argument}" for argument in arguments[:1] if argument in names), "")
    return f"{PROGRAM}{command} --help"


def _report(error: BaseException, output: Output, invocation: Invocation) -> None:
    trace = invocation.redactor.traceback(error) if invocation.wants_tracebacks(output) else ""
    write_failure(failure_of(error, invocation.redactor), output, invocation, trace)


if __name__ == "__main__":
    main()
