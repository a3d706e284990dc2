"""The program `scims-backup`: read the command line, run the command, end with its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer

from scims_backup.cli.catalogue import commands
from scims_backup.cli.command_line import PROGRAM, command_line
from scims_backup.cli.exits import Exit, exit_of_error
from scims_backup.cli.failures import failure_of, write_failure
from scims_backup.cli.invocation import Invocation, Output
from scims_backup.cli.output import unbroken_output
from scims_backup.domain.errors import UsageError
from scims_backup.runtime.logs import Redactor, log_warnings
from scims_backup.runtime.signals import Interruption

if TYPE_CHECKING:
    from scims_backup.bootstrap.engines import Registry
    from scims_backup.cli.request import Request


def main(engines: Registry | None = None, arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit.

    engines: None for those of this version
    arguments: None for those that were typed
    """
    sys.stdout = _usable(sys.stdout)
    sys.stderr = _usable(sys.stderr)
    sys.exit(_exit_code(sys.argv[1:] if arguments is None else arguments, os.environ, engines))


def _usable(stream: TextIO | None) -> TextIO:
    """A stream that takes every name, whatever the terminal's encoding; none at all if it was closed."""
    if stream is None:
        return Path(os.devnull).open("w")
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def run(arguments: Sequence[str], environment: Mapping[str, str], engines: Registry | None = None) -> int:
    """Run one command as `main` does, and return its exit code."""
    return _exit_code(arguments, dict(environment), engines)


def _exit_code(arguments: Sequence[str], process: MutableMapping[str, str], engines: Registry | None) -> int:
    """Run one command and return its exit code. Every failure is reported, without secrets.

    process: the environment, from which a command takes what no connection or program may find there
    """
    invocation = Invocation(dict(process), Redactor.of_environment(process))
    output = Output(json="--json" in arguments, debug="--debug" in arguments)
    interruption = Interruption()
    try:
        with interruption.watched():
            with unbroken_output():
                request = _request(arguments)
            return request if isinstance(request, int) else _run(request, invocation, process, engines)
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException as error:  # noqa: BLE001  the last place that can report it without showing a secret
        _report(error, output, invocation)
        return interruption.exit_code or exit_of_error(error)


def _run(
    request: Request, invocation: Invocation, process: MutableMapping[str, str], engines: Registry | None
) -> int:
    # Not at the top: these load every adapter, and neither the help nor the version needs one
    from scims_backup.bootstrap.engines import ENGINES, environment_of  # noqa: PLC0415
    from scims_backup.cli.session import Session  # noqa: PLC0415

    log_warnings(invocation.redactor, structured=invocation.wants_json_logs)
    known = ENGINES if engines is None else engines
    environment_of(process, known)
    return Session(request, invocation, known).run()


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
