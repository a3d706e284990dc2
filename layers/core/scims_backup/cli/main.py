"""The program `scims-backup`: read the command line, run the command, end with its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import typer

from scims_backup.bootstrap.engines import ENGINES, Registry, environment_of
from scims_backup.cli.app import app
from scims_backup.cli.exits import Exit, exit_of_error
from scims_backup.cli.failures import failure_of, tell
from scims_backup.cli.output import unbroken_output
from scims_backup.cli.request import Output, Request
from scims_backup.domain.errors import UsageError
from scims_backup.runtime.logs import Redactor, log_warnings
from scims_backup.runtime.signals import Interruption


def main(engines: Registry = ENGINES) -> None:
    """Run the program and exit. engines: those that it has."""
    sys.stdout = _usable(sys.stdout)
    sys.stderr = _usable(sys.stderr)
    sys.exit(run(sys.argv[1:], environment_of(os.environ, engines), engines))


def _usable(stream: TextIO | None) -> TextIO:
    """A stream that takes every name, whatever the terminal's encoding; none at all if it was closed."""
    if stream is None:
        return Path(os.devnull).open("w")
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def run(arguments: Sequence[str], environment: Mapping[str, str], engines: Registry = ENGINES) -> int:
    """Run one command and return its exit code; whatever happens is told, and no secret with it."""
    redactor = Redactor.of_environment(environment)
    output = Output(json="--json" in arguments, debug="--debug" in arguments)
    interruption = Interruption()
    try:
        with interruption.watched():
            return _run(arguments, environment, redactor, engines)
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException as error:  # noqa: BLE001  the last place that can tell of it, and not show a secret
        _tell(error, output, environment, redactor)
        return interruption.exit_code or exit_of_error(error)


def _run(
    arguments: Sequence[str], environment: Mapping[str, str], redactor: Redactor, engines: Registry
) -> int:
    with unbroken_output():
        request = _request(arguments)
    if not isinstance(request, Request):
        return request
    log_warnings(redactor, structured=environment.get("SCIMS_LOG") == "json")
    session = import_module("scims_backup.cli.session").Session(request, environment, redactor, engines)
    command = import_module(f"scims_backup.cli.commands.{request.command}")
    return int(command.run(session, **request.arguments))


def _request(arguments: Sequence[str]) -> Request | int:
    """Read the command line; an exit code means that it is answered already (`--help`, `--version`)."""
    if not arguments:
        app(["--help"], prog_name="scims-backup", standalone_mode=False)
        return Exit.WRONG_USAGE
    try:
        request: Request | int = app(arguments, prog_name="scims-backup", standalone_mode=False)
    except typer.TyperException as error:
        raise UsageError(error.format_message(), f"see {_help_for(arguments)}") from None
    return request


def _commands() -> Iterable[str]:
    return (
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    )


def _help_for(arguments: Sequence[str]) -> str:
    command = next((f" {argument}" for argument in arguments[:1] if argument in _commands()), "")
    return f"scims-backup{command} --help"


def _tell(error: BaseException, output: Output, environment: Mapping[str, str], redactor: Redactor) -> None:
    debug = output.debug or environment.get("SCIMS_DEBUG") == "1"
    trace = redactor.traceback(error) if debug else ""
    tell(failure_of(error, redactor), output, environment.get("SCIMS_LOG") == "json", redactor, trace)


if __name__ == "__main__":
    main()
