"""The commands and their options; what they do is in cli.commands."""

from __future__ import annotations

from typing import Annotated

import typer

from scims_backup import __version__
from scims_backup.cli.options import AfterRestore, Backup, Copied, Expect, Probe, with_common_options
from scims_backup.cli.request import Request
from scims_backup.cli.restore_options import (
    At,
    Confirm,
    DryRun,
    Full,
    Into,
    Jobs,
    LiveUrl,
    SignedBy,
    Swap,
    Tables,
    TrialUrl,
    Undo,
    WithParents,
)
from scims_backup.domain.level import Level
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
    scheduled: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="The time this run is for: a repetition finds its backup made."),
    ] = None,
) -> Request:
    """Dump the source into the vault, and prove what it held at the dump's snapshot."""
    arguments = {"level": level, "scheduled": scheduled}
    return Request("backup", Needs(url=True, vault=True), arguments=arguments)


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
def copy(*, selector: Copied = None) -> Request:
    """Copy a backup into the second vault and catalog that the settings name."""
    return Request("copy", Needs(vault=True, copy=True), Flags(selector=selector))


@app.command()
@with_common_options
def drill(
    *,
    selector: Backup = "newest",
    expect: Expect = None,
    probe: Probe = None,
    after_restore: AfterRestore = None,
    full: Full = False,
    target_url: TrialUrl = None,
    signed_by: SignedBy = None,
) -> Request:
    """Restore a backup into a sandbox, prove it again, compare, and tear down."""
    needs = Needs(
        vault=True,
        expectations=True,
        target=full and target_url is not None,
        restore=full and not target_url,
        after_restore=True,
    )
    flags = Flags(
        selector=selector, expect=expect, probe=probe, target_url=target_url, after_restore=after_restore
    )
    return Request("drill", needs, flags, arguments={"full": full, "signed_by": signed_by})


@app.command()
@with_common_options
def restore(  # noqa: PLR0913  an argument for each option
    *,
    selector: Backup = "newest",
    at: At = None,
    target_url: LiveUrl = None,
    into: Into = None,
    swap: Swap = False,
    undo: Undo = False,
    confirm: Confirm = None,
    dry_run: DryRun = False,
    table: Tables = None,
    with_parents: WithParents = False,
    jobs: Jobs = None,
    expect: Expect = None,
    probe: Probe = None,
    after_restore: AfterRestore = None,
) -> Request:
    """Restore a backup beside the live database, prove it, and with --swap put it in its place."""
    return Request(
        "restore",
        Needs(
            vault=not undo,
            expectations=not undo,
            target=target_url is not None,
            restore=target_url is None,
            after_restore=not (undo or table),
        ),
        Flags(
            selector=selector,
            expect=expect,
            probe=probe,
            target_url=target_url,
            after_restore=after_restore,
        ),
        arguments={
            "at": at,
            "into": into,
            "swap": swap,
            "undo": undo,
            "confirm": confirm,
            "dry_run": dry_run,
            "jobs": jobs,
            "tables": tuple(table or ()),
            "with_parents": with_parents,
        },
    )


@app.command()
@with_common_options
def compare(
    *,
    selector: Backup = "newest",
    target_url: Annotated[
        str, typer.Option(metavar="URL", help="The database to look at: postgresql://…, no password.")
    ],
    expect: Expect = None,
    probe: Probe = None,
) -> Request:
    """Prove any database against a backup's proof, with a drill's findings and exit codes."""
    return Request(
        "compare",
        Needs(expectations=True, target=True),
        Flags(selector=selector, expect=expect, probe=probe, target_url=target_url),
    )


@app.command()
@with_common_options
def checklist() -> Request:
    """Say of each line of SCIMS's checklist whether it is so, with its evidence from the catalog."""
    return Request("checklist", Needs(after_restore=True))


@app.command()
@with_common_options
def prune(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    now: Annotated[
        str | None, typer.Option(metavar="TIME", help="Plan as at this moment, e.g. 2026-11-22T02:00:00Z.")
    ] = None,
    confirm: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="Confirm the plan that --dry-run showed.")
    ] = None,
) -> Request:
    """Remove the backups that the retention policy does not keep."""
    arguments = {"dry_run": dry_run, "now": now, "confirm": confirm}
    return Request("prune", Needs(vault=not dry_run, vault_if_named=dry_run), arguments=arguments)


@app.command()
@with_common_options
def hold(
    *,
    selector: Backup,
    until: Annotated[str, typer.Option(metavar="TIME", help="A date (its end in UTC), or a moment.")],
) -> Request:
    """Keep a backup until a moment, whatever the policy says."""
    return Request("hold", flags=Flags(selector=selector), arguments={"until": until})


@app.command()
@with_common_options
def unhold(*, selector: Backup) -> Request:
    """Give back what `hold` held."""
    return Request("unhold", flags=Flags(selector=selector))


@app.command()
@with_common_options
def recover(
    *,
    before: Annotated[str, typer.Option(metavar="TIME", help="How it was then, e.g. 2026-11-22T02:00:00Z.")],
    confirm: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="Do what was shown under this digest.")
    ] = None,
) -> Request:
    """Say what would bring vault and catalog back to how they were, and with --confirm do it."""
    return Request("recover", Needs(vault=True), arguments={"before": before, "confirm": confirm})


@app.command()
@with_common_options
def reclaim() -> Request:
    """Free the space of removed backups (restic prune): weekly, and apart from backups."""
    return Request("reclaim", Needs(vault=True))


@app.command()
@with_common_options
def storage() -> Request:
    """Say what is stored, for each source and in all, against the quota."""
    return Request("storage", Needs(vault=True))


@app.command()
@with_common_options
def doctor(
    *,
    stack: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The AWS stack, whose schedules and mails are looked at too."),
    ] = None,
) -> Request:
    """Check what a night needs, and say the cure for what is wrong; nothing is changed."""
    return Request("doctor", Needs(url=True, vault=True, after_restore=True), Flags(stack=stack))
