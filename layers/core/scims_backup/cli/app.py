"""The commands and their options; what they do is in cli.commands."""

from __future__ import annotations

from typing import Annotated

import typer

from scims_backup import __version__
from scims_backup.cli.options import Backup, Expect, with_common_options
from scims_backup.cli.request import Request
from scims_backup.domain.proof import Level
from scims_backup.settings.model import Flags, Needs

app = typer.Typer(
    name="scims-backup",
    help="PostgreSQL backups with proof that they restore.",
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"scims-backup {__version__}")
        raise typer.Exit


@app.callback()
def scims_backup(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """PostgreSQL backups with proof that they restore."""


@app.command()
@with_common_options
def backup(
    *,
    level: Annotated[
        Level, typer.Option(help="How deep the proof looks: rows counted, or their content digested too.")
    ] = Level.FULL,
) -> Request:
    """Dump the source into the vault, and prove what it held at the dump's snapshot."""
    return Request("backup", Needs(url=True, vault=True), arguments={"level": level})


@app.command("list")
@with_common_options
def list_() -> Request:
    """List the source's backups with the verdicts of their drills."""
    return Request("list")


@app.command()
@with_common_options
def show(*, selector: Backup = "newest") -> Request:
    """Show one backup: its manifest, its drills, and what the deciding drill found."""
    return Request("show", flags=Flags(selector=selector))


@app.command()
@with_common_options
def verify(*, selector: Backup = "newest") -> Request:
    """Read an archive back from the vault and check it against its manifest."""
    return Request("verify", Needs(vault=True), Flags(selector=selector))


@app.command()
@with_common_options
def drill(*, selector: Backup = "newest", expect: Expect = None) -> Request:
    """Restore a backup into a sandbox, prove it again, compare, and tear down."""
    return Request("drill", Needs(vault=True, expectations=True), Flags(selector=selector, expect=expect))


@app.command()
@with_common_options
def compare(
    *,
    selector: Backup = "newest",
    target_url: Annotated[
        str, typer.Option(metavar="URL", help="The database to look at: postgresql://…, no password.")
    ],
    expect: Expect = None,
) -> Request:
    """Prove any database against a backup's proof, with a drill's findings and exit codes."""
    return Request(
        "compare",
        Needs(expectations=True, target=True),
        Flags(selector=selector, expect=expect, target_url=target_url),
    )
