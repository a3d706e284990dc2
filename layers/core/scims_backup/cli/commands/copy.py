"""`scims-backup copy`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.request import Request
from scims_backup.cli.writing import write_facts
from scims_backup.domain.errors import NothingToWorkOnError, ScimsBackupError
from scims_backup.runtime.progress import text
from scims_backup.settings.flags import Flags, Needs

if TYPE_CHECKING:
    from scims_backup.cli.session import Session
    from scims_backup.usecases.backups.copy_backup import Copied


def copy(
    *,
    selector: Annotated[
        str | None,
        typer.Argument(
            metavar="BACKUP",
            help="A backup id, newest or newest-proven; by default the one that the settings choose.",
            show_default=False,
        ),
    ] = None,
) -> Request:
    """Read the options of `copy`."""
    return Request(_run, Needs(vault=True, copy=True), Flags(selector=selector), reported_as="copy")


def _run(session: Session) -> Answer:
    with session.application() as application:
        try:
            manifest = application.chosen()
            copied = application.copy_backup().run(manifest.backup)
        except NothingToWorkOnError:
            raise
        except ScimsBackupError as error:
            if not error.recorded_as:  # before the copy began, e.g. a secret that cannot be read
                application.record_failed_copy(error)
            raise
    catalog = str(session.settings.second.catalog)
    return Answer(_result(copied, catalog), partial(_write, copied=copied, catalog=catalog))


def _result(copied: Copied, catalog: str) -> dict[str, Any]:
    archive = copied.manifest.archive
    return {
        "id": str(copied.manifest.backup),
        "catalog": catalog,
        "vault_ref": archive.vault_ref,
        "bytes": archive.bytes,
        "stored_bytes": archive.stored_bytes,
        "sha256": archive.sha256,
        "already": copied.already,
    }


def _write(console: Console, copied: Copied, catalog: str) -> None:
    archive = copied.manifest.archive
    what = "already copied" if copied.already else "copied"
    console.print(Text.assemble((what, "bold green"), "  ", str(copied.manifest.backup)))
    write_facts(
        console,
        {
            "to": catalog,
            "vault": archive.vault_ref,
            "archive": f"{text.size(archive.bytes)}, sha256 {archive.sha256}",
            "stored": f"{text.size(archive.stored_bytes)} new in the second vault",
        },
    )
