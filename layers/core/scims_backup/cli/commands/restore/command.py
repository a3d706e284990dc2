"""The options of `scims-backup restore`, and which of its ways they choose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from scims_backup.cli.answer import Answer
from scims_backup.cli.commands.restore.beside import restore_beside
from scims_backup.cli.commands.restore.chosen_keys import restore_keys
from scims_backup.cli.commands.restore.confirmation import refuse_unconfirmed_now
from scims_backup.cli.commands.restore.dry_run import survey
from scims_backup.cli.commands.restore.single_tables import restore_tables
from scims_backup.cli.commands.restore.undo import undo_swap
from scims_backup.cli.options import AfterRestore, Backup, Expect, Probe
from scims_backup.cli.request import Request
from scims_backup.domain.errors import UsageError
from scims_backup.domain.moments import moment_typed
from scims_backup.settings.flags import Flags, Needs
from scims_backup.usecases.restores.restore_backup import RestoreRequest

if TYPE_CHECKING:
    from scims_backup.cli.session import Session


@dataclass(frozen=True)
class Asked:
    """The options that stand for no setting, as they were typed (docs/cli.md)."""

    at: str | None
    into: str | None
    swap: bool
    undo: bool
    confirm: str | None
    dry_run: bool
    jobs: int | None
    tables: tuple[str, ...]
    with_parents: bool
    keys: tuple[str, ...]
    parts: tuple[str, ...]


def restore(  # noqa: PLR0913  an argument for each option
    *,
    selector: Backup = "newest",
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Restore the newest backup from before this time.")
    ] = None,
    target_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The live database, which need not exist; by default that of restore_secret, or the source.",
        ),
    ] = None,
    into: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the restored database [LIVE_restored_STAMP].")
    ] = None,
    swap: Annotated[
        bool, typer.Option("--swap", help="Once it is proven, replace the live database with it.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Restore the previous database, which the last swap put aside.")
    ] = False,
    confirm: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The live database's name, required by --swap and --undo."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only check whether the target meets a restore's requirements.")
    ] = False,
    table: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Restore only this table, into a new schema of the live database."),
    ] = None,
    with_parents: Annotated[
        bool, typer.Option("--with-parents", help="With --table: also restore the tables that it references.")
    ] = False,
    keys: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN", help="Restore only the keys that match, under a prefix beside the live ones."
        ),
    ] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option(
            "--with", metavar="PART", help="Also restore what is left out by default: queue, functions."
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            min=1,
            help="Tables and indexes to restore in parallel; by default one per processor.",
        ),
    ] = None,
    expect: Expect = None,
    probe: Probe = None,
    after_restore: AfterRestore = None,
) -> Request:
    """Read the options of `restore`."""
    asked = Asked(
        at=at,
        into=into,
        swap=swap,
        undo=undo,
        confirm=confirm,
        dry_run=dry_run,
        jobs=jobs,
        tables=tuple(table or ()),
        with_parents=with_parents,
        keys=tuple(keys or ()),
        parts=tuple(with_ or ()),
    )
    needs = Needs(
        vault=not undo,
        expectations=not undo,
        target=target_url is not None,
        restore=target_url is None,
        after_restore=not (undo or table or keys),
    )
    flags = Flags(
        selector=selector, expect=expect, probe=probe, target_url=target_url, after_restore=after_restore
    )
    return Request(partial(_run, asked=asked), needs, flags, reported_as="" if dry_run else "restore")


def _run(session: Session, asked: Asked) -> Answer:
    """Choose the way; before anything is read from catalog or vault, a swap without its name is refused."""
    settings = session.settings
    _refuse_with_tables(asked)
    _refuse_with_keys(asked)
    with session.application() as application:
        if asked.undo:
            _refuse_with_undo(asked, settings.selector)
        prompts = (asked.swap or asked.undo) and not asked.dry_run
        if prompts:
            prompts = refuse_unconfirmed_now(application, asked.confirm, "--swap" if asked.swap else "--undo")
        if asked.undo:
            return undo_swap(application, prompts=prompts)
        manifest = application.chosen(None if asked.at is None else moment_typed(asked.at, "--at"))
        if asked.tables:
            return restore_tables(application, manifest, asked.tables, asked.with_parents)
        if asked.keys:
            return restore_keys(application, manifest, asked.keys)
        restoring = application.restore_backup(manifest, asked.jobs, asked.parts)
        request = RestoreRequest(asked.into, asked.swap, application.questions)
        if asked.dry_run:
            return survey(restoring, manifest, request)
        return restore_beside(restoring, manifest, request, session.request.flags, prompts=prompts)


def _refuse_with_undo(asked: Asked, selector: str | None) -> None:
    if asked.swap or asked.at or asked.into or asked.dry_run or asked.parts or selector != "newest":
        raise UsageError(
            "--undo only restores the database that the last swap put aside",
            "give it --confirm, and nothing else",
        )


def _refuse_with_tables(asked: Asked) -> None:
    if asked.tables and (asked.swap or asked.undo or asked.into or asked.dry_run):
        raise UsageError(
            "--table cannot be combined with --swap, --undo, --into or --dry-run",
            "leave these out: single tables are restored into a schema of their own, and replace nothing",
        )
    if asked.with_parents and not asked.tables:
        raise UsageError("--with-parents needs --table", "name the tables: --table NAME")


def _refuse_with_keys(asked: Asked) -> None:
    if asked.keys and (
        asked.swap or asked.undo or asked.into or asked.dry_run or asked.tables or asked.parts
    ):
        raise UsageError(
            "--keys cannot be combined with --swap, --undo, --into, --dry-run, --table or --with",
            "leave these out: chosen keys are restored beside the live ones, and replace nothing",
        )
