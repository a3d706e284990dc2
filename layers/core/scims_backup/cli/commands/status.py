"""`scims-backup status`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from scims_backup.cli.answer import Answer
from scims_backup.cli.exits import Exit
from scims_backup.cli.request import Request
from scims_backup.cli.status_answers import statuses_result
from scims_backup.cli.status_screen import write_statuses
from scims_backup.domain.errors import UsageError
from scims_backup.domain.status import Standing
from scims_backup.settings.flags import Flags

if TYPE_CHECKING:
    from scims_backup.bootstrap.status_cases import StatusCases
    from scims_backup.cli.session import Session

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
) -> Request:
    """Read the options of `status`."""
    return Request(partial(_run, watch=watch), flags=Flags(stack=stack))


def _run(session: Session, watch: int | None) -> Answer:
    if watch is not None and session.request.output.json:
        raise UsageError("--watch and --json cannot be combined", "call status --json again and again")
    with session.statuses() as cases:
        if watch is None:
            return _answer(cases)
        while True:
            session.show(_answer(cases))
            Event().wait(watch)


def _answer(cases: StatusCases) -> Answer:
    statuses, requests = cases.read()
    write = partial(write_statuses, statuses=statuses, requests=requests)
    return Answer(statuses_result(statuses, requests), write, _EXITS[statuses.standing])
