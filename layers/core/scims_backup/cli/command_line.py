"""The command line as typer sees it: the program's own options, and the commands of the catalogue."""

from __future__ import annotations

from typing import Annotated

import typer

from scims_backup import __version__
from scims_backup.cli.catalogue import commands
from scims_backup.cli.lazy import HELP_OPTIONS, MARKUP, LazyCommand

PROGRAM = "scims-backup"


def command_line() -> typer.core.TyperGroup:
    """Put the command line together; no command is loaded yet."""
    app = typer.Typer(
        name=PROGRAM, add_completion=False, rich_markup_mode=MARKUP, context_settings=HELP_OPTIONS
    )
    app.callback()(_program)
    group = typer.main.get_group(app)
    for entry in commands:
        group.add_command(LazyCommand(entry))
    return group


def _program(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version.",
            callback=lambda wanted: _print_version() if wanted else None,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """PostgreSQL backups with proof that they restore."""


def _print_version() -> None:
    typer.echo(f"{PROGRAM} {__version__}")
    raise typer.Exit
