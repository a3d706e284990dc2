"""`scims-backup ack`."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.request import Request
from scims_backup.domain.backup import BackupId
from scims_backup.domain.conditions import Cause, Condition
from scims_backup.runtime.progress import text

if TYPE_CHECKING:
    from scims_backup.cli.session import Session


def ack(
    condition: Annotated[
        Cause | None,
        typer.Argument(metavar="CONDITION", help="As in the list and in each mail.", show_default=False),
    ] = None,
) -> Request:
    """Read the options of `ack`."""
    return Request(_list if condition is None else partial(_acknowledge, cause=condition))


def _list(session: Session) -> Answer:
    """List what is wrong with the source that was named, or with every source of the settings document."""
    found = list[Condition]()
    for one in session.per_source():
        with one.application() as application:
            found += application.open_conditions()
    return _answer(found)


def _acknowledge(session: Session, cause: Cause) -> Answer:
    """Silence the reminders of one condition, and release what is held for it; again, it changes nothing."""
    with session.application() as application:
        known = application.acknowledge(cause, getpass.getuser())
    return _answer([known.condition] if known.condition else [], known.released)


def _answer(found: Sequence[Condition], released: Sequence[BackupId] = ()) -> Answer:
    document = {"conditions": [_result(one) for one in found], "released": [str(one) for one in released]}
    return Answer(document, partial(_write, found=found, released=released))


def _result(one: Condition) -> dict[str, Any]:
    silenced = one.silenced_by
    return {
        "source": one.source,
        "condition": one.cause,
        "severity": one.severity,
        "since": one.since.isoformat(),
        "kinds": sorted({problem.kind for problem in one.problems}),
        "events": [problem.event for problem in one.problems],
        "acknowledged": {"by": silenced.by, "at": silenced.at.isoformat()} if silenced else None,
    }


def _write(console: Console, found: Sequence[Condition], released: Sequence[BackupId]) -> None:
    for backup in released:
        console.print(Text(f"{backup} is no longer held"))
    if not found and not released:
        console.print(Text("nothing is open"))
    for one in found:
        console.print(Text.assemble((one.cause, "bold"), f" of {one.source} since {text.moment(one.since)}"))
        silenced = one.silenced_by
        known = (
            f"acknowledged by {silenced.by} at {text.moment(silenced.at)}: no reminders"
            if silenced
            else f"reminded daily; to silence: scims-backup ack {one.cause} --source {one.source}"
        )
        last = one.problems[-1]
        events = f"{one.severity}, {len(one.problems)} events, last {last.kind} {text.moment(last.time)}"
        for line in (events, known):
            console.print(Padding(Text(text.printable(line)), (0, 0, 0, 2), expand=False))
