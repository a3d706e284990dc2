"""Parts of answers for people that several commands share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scims_backup.domain.status import Judged, Standing
from scims_backup.domain.verdict import Verdict
from scims_backup.runtime.progress import text

_INDENT = 9
"""Columns of the longest word before what it says."""
STANDINGS: Mapping[Standing, tuple[str, str]] = {
    Standing.FINE: ("ok", "green"),
    Standing.WARNING: ("WARNING", "bold yellow"),
    Standing.CRITICAL: ("CRITICAL", "bold red"),
}
"""The word for each, and its style."""
_WORD = max(len(word) for word, _ in STANDINGS.values())
_STYLES = {Verdict.PASSED: "bold green", Verdict.FAILED: "bold red", Verdict.INCONCLUSIVE: "bold yellow"}


def verdict_word(verdict: Verdict | None, without: str = "not drilled") -> Text:
    """A verdict in its colour. without: the word where there is none."""
    return Text(without, "dim") if verdict is None else Text(verdict, _STYLES[verdict])


def write_facts(console: Console, facts: Mapping[str, str]) -> None:
    """Write facts below each other, each with its name."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, fact in facts.items():
        grid.add_row(f"  {name}", Text(text.printable(fact)))
    console.print(grid)


def write_paragraph(console: Console, title: str, items: Sequence[Text]) -> None:
    """Write items below a title; nothing if there are none."""
    if not items:
        return
    console.print(Text(title, "underline"))
    for item in items:
        console.print(Padding(item, (0, 0, 0, 2), expand=False))


def write_hanging(console: Console, line: Text, indent: int, first: int = 0) -> None:
    """Write a line whose continuation is indented, where the screen is too narrow for it.

    indent, first: columns before what continues it, and before its beginning.
    """
    begun = line.wrap(console, max(console.width - first, 1))[0]
    continued = len(line.plain) - len(line.plain[len(begun) :].lstrip())
    _write_indented(console, begun, first)
    if continued < len(line):
        for part in line[continued:].wrap(console, max(console.width - indent, 1)):
            _write_indented(console, part, indent)


def _write_indented(console: Console, line: Text, indent: int) -> None:
    line.rstrip()
    console.print(Text.assemble(" " * indent, line))


def write_judged(console: Console, judgement: Judged, indent: int = 0) -> None:
    """Write how one thing stands, and what to do about it."""
    word, style = STANDINGS[judgement.standing]
    line = Text.assemble((f"{word:<{_WORD}}", style), f"  {text.printable(judgement.message)}")
    write_hanging(console, line, indent + _WORD + 2, first=indent)
    if judgement.cure:
        cure = Text(f"→ {text.printable(judgement.cure)}", "dim")
        write_hanging(console, cure, indent + _WORD + 4, first=indent + _WORD + 2)


def write_warnings(console: Console, warnings: Sequence[str]) -> None:
    """Write a manifest's warnings."""
    for warning in warnings:
        write_hanging(console, Text(f"warning: {text.printable(warning)}", "yellow"), _INDENT)


def write_problems(console: Console, problems: Sequence[str]) -> None:
    """Write what could not be done, or not be checked."""
    for problem in problems:
        write_hanging(
            console, Text.assemble(("problem", "bold red"), f"  {text.printable(problem)}"), _INDENT
        )


def a_table(*columns: str, long: str) -> Table:
    """A table whose last column alone gives way on a narrow terminal."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        table.add_column(name, no_wrap=True)
    table.add_column(long, overflow="fold")
    return table
