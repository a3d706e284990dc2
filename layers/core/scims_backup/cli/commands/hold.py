"""`scims-backup hold`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.manifest_answers import hold_result
from scims_backup.cli.options import Backup
from scims_backup.cli.request import Request
from scims_backup.domain.backup import BackupId
from scims_backup.domain.holds import Hold
from scims_backup.domain.moments import end_typed
from scims_backup.runtime.progress import text
from scims_backup.settings.flags import Flags

if TYPE_CHECKING:
    from scims_backup.cli.session import Session


def hold(
    *,
    selector: Backup,
    until: Annotated[
        str, typer.Option(metavar="TIME", help="A date (its end in UTC), or a time with its offset.")
    ],
) -> Request:
    """Read the options of `hold`."""
    return Request(partial(_run, until=until), flags=Flags(selector=selector))


def _run(session: Session, until: str) -> Answer:
    moment = end_typed(until, "--until")
    with session.application() as application:
        backup = application.chosen().backup
        held = application.hold(backup, moment)
    return Answer({"id": str(backup), **hold_result(held)}, partial(_write, backup=backup, held=held))


def _write(console: Console, backup: BackupId, held: Hold) -> None:
    console.print(Text.assemble((str(backup), "bold"), f" is held until {text.moment(held.until)}"))
