"""`scims-backup status`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.exits import Exit
from scims_backup.cli.request import Request
from scims_backup.cli.status_answers import statuses_result
from scims_backup.cli.status_screen import write_statuses
from scims_backup.domain.errors import UsageError
from scims_backup.domain.status import Standing
from scims_backup.ports.pages import INDEX
from scims_backup.settings.flags import Flags

if TYPE_CHECKING:
    from scims_backup.bootstrap.page_cases import PageCases
    from scims_backup.cli.session import Session
    from scims_backup.usecases.reports.read_statuses import Statuses

_EXITS: Mapping[Standing, Exit] = {
    Standing.FINE: Exit.DONE,
    Standing.WARNING: Exit.WARNING,
    Standing.CRITICAL: Exit.CRITICAL,
}


def status(
    *,
    watch: Annotated[
        int | None,
        typer.Option(metavar="SECONDS", min=1, help="Show it again and again, until it is interrupted."),
    ] = None,
    stack: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Show when the schedules of this AWS stack run next."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write a page of all sources, and one of each, into this folder."),
    ] = None,
) -> Request:
    """Read the options of `status`."""
    return Request(partial(_run, watch=watch, html=html), flags=Flags(stack=stack))


def _run(session: Session, watch: int | None, html: Path | None) -> Answer:
    if watch is not None and session.request.output.json:
        raise UsageError("--watch and --json cannot be combined", "call status --json again and again")
    with session.statuses() as cases:
        if watch is None:
            return _answer(cases, html)
        while True:
            session.show(_answer(cases, html))
            Event().wait(watch)


def _answer(cases: PageCases, html: Path | None) -> Answer:
    statuses, requests = cases.read()
    if html is not None:
        statuses = cases.write_pages(statuses, html.absolute())
    write = partial(_write, statuses=statuses, requests=requests, html=html)
    return Answer(statuses_result(statuses, requests), write, _EXITS[statuses.standing])


def _write(console: Console, statuses: Statuses, requests: int, html: Path | None) -> None:
    write_statuses(console, statuses, requests)
    if html is not None:
        console.print(Text(f"page: {(html.absolute() / INDEX).as_uri()}"), soft_wrap=True)
