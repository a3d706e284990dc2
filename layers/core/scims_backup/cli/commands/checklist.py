"""`scims-backup checklist`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.exits import Exit
from scims_backup.cli.request import Request
from scims_backup.cli.writing import write_hanging
from scims_backup.domain.checklist import Line, State
from scims_backup.runtime.progress import text
from scims_backup.settings.flags import Needs

if TYPE_CHECKING:
    from scims_backup.cli.session import Session
    from scims_backup.usecases.reports.checklist import Checklist

_EXITS = {State.YES: Exit.DONE, State.NO: Exit.DRILL_FAILED, State.UNKNOWN: Exit.INCONCLUSIVE}
_MARKS = {
    State.YES: ("yes    ", "green"),
    State.NO: ("no     ", "bold red"),
    State.UNKNOWN: ("unknown", "yellow"),
}
_INDENT = 9
"""Columns of the marks."""
_TITLES = {"backup": "Backup", "restore": "Restore", "automation": "Automation"}


def checklist() -> Request:
    """Read the options of `checklist`."""
    return Request(_run, Needs(after_restore=True))


def _run(session: Session) -> Answer:
    with session.application() as application:
        answered = application.checklist()
    return Answer(_result(answered), partial(_write, checklist=answered), _EXITS[answered.state])


def _result(checklist: Checklist) -> dict[str, Any]:
    drill = checklist.drill
    return {
        "source": checklist.backup.source,
        "at": checklist.at.isoformat(),
        "backup": str(checklist.backup),
        "drill": None if drill is None else {"backup": str(drill[0]), "name": drill[1]},
        "state": checklist.state,
        "lists": {name: [_line(line) for line in lines] for name, lines in checklist.lists.items()},
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "text": line.text,
        "state": line.state,
        "evidence": [vars(one) for one in line.evidence],
        "cure": line.cure,
    }


def _write(console: Console, checklist: Checklist) -> None:
    about = {
        "backup": str(checklist.backup),
        "restore": _drill(checklist),
        "automation": checklist.backup.source,
    }
    for name, lines in checklist.lists.items():
        console.print(Text.assemble((_TITLES[name], "underline"), f"  {about[name]}"))
        for line in lines:
            write_hanging(console, Text.assemble(_MARKS[line.state], f"  {line.text}"), _INDENT)
            for detail in _details(line):
                write_hanging(console, detail, _INDENT + 2, first=_INDENT)


def _drill(checklist: Checklist) -> str:
    if checklist.drill is None:
        return "no conclusive drill yet"
    backup, name = checklist.drill
    return f"drill {name} of {backup}"


def _details(line: Line) -> list[Text]:
    said = [Text(text.printable(f"{one.key}: {one.fact}"), "dim") for one in line.evidence]
    return [*said, *([Text(f"→ {line.cure}")] if line.cure else [])]
