"""The checklist, as a JSON value and for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from scims_backup.domain.checklist import Line, State
from scims_backup.runtime.progress import text
from scims_backup.usecases.reports.checklist import Checklist

_MARKS = {
    State.YES: ("yes    ", "green"),
    State.NO: ("no     ", "bold red"),
    State.UNKNOWN: ("unknown", "yellow"),
}
_TITLES = {"backup": "Backup", "restore": "Restore", "automation": "Automation"}


def checklist_result(checklist: Checklist) -> dict[str, Any]:
    """The result of `checklist`."""
    return {
        "source": checklist.backup.source,
        "at": checklist.at.isoformat(),
        "backup": str(checklist.backup),
        "drill": None
        if checklist.drill is None
        else {"backup": str(checklist.drill[0]), "name": checklist.drill[1]},
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


def write_checklist(console: Console, checklist: Checklist) -> None:
    """Tell each line, what says so, and what to do where it is not so."""
    about = {
        "backup": str(checklist.backup),
        "restore": _drill(checklist),
        "automation": checklist.backup.source,
    }
    for name, lines in checklist.lists.items():
        console.print(Text.assemble((_TITLES[name], "underline"), f"  {about[name]}"))
        for line in lines:
            console.print(Text.assemble(_MARKS[line.state], f"  {line.text}"))
            for detail in _details(line):
                console.print(Padding(detail, (0, 0, 0, 9), expand=False))


def _drill(checklist: Checklist) -> str:
    if checklist.drill is None:
        return "no drill could look yet"
    backup, name = checklist.drill
    return f"drill {name} of {backup}"


def _details(line: Line) -> list[Text]:
    said = [Text(text.printable(f"{one.key}: {one.fact}"), "dim") for one in line.evidence]
    return [*said, *([Text(f"→ {line.cure}")] if line.cure else [])]
