"""What `restore` tells people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from scims_backup.cli.answers import write_report
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.restored import Restored, TablesRestored
from scims_backup.domain.verdict import Verdict
from scims_backup.ports import Surveyed, Swapped
from scims_backup.runtime.progress import text

_WORDS = {True: ("ok", "green"), False: ("NO", "bold red"), None: ("not seen", "yellow")}


def write_restored(console: Console, restored: Restored, undo: str) -> None:
    """Tell what a restore ended in, and what can be done next. undo: the command that undoes a swap."""
    write_report(console, f"{restored.backup} restored as {restored.database}", restored.report)
    if restored.roles_created:
        names = ", ".join(restored.roles_created)
        console.print(Text(f"roles that were created, without passwords: {text.printable(names)}", "yellow"))
    for line in _next(restored, undo):
        console.print(Text(text.printable(line)))


def _next(restored: Restored, undo: str) -> list[str]:
    if restored.swapped:
        seconds = f"nobody got in for {restored.away_seconds} s"
        if restored.aside is None:
            return [f"{restored.database} is the live database now; {seconds}"]
        return [
            f"{restored.database} is the live database now; {seconds}; the one before is {restored.aside}",
            f"bring it back by: {undo}",
        ]
    if restored.report.verdict is Verdict.PASSED:
        return ["the live database is as it was; put this one in its place by the same command with --swap"]
    return [f"the live database is as it was; {restored.cure}"]


def write_tables(console: Console, restored: TablesRestored) -> None:
    """Tell where restored tables are."""
    console.print(
        Text(f"tables of {restored.backup} are in {restored.database}, with the rows of the backup:")
    )
    for name, rows in restored.rows.items():
        console.print(Text(f"  {text.printable(name)}  {text.number(rows)} rows"))
    _family(console, "they refer to", restored.parents, "restore these too by --with-parents")
    _family(console, "what is deleted there changes", restored.children, "restore these too by --table")
    console.print(Text("put back what is missing, after a look at it (psql):"))
    for statement in restored.sql:
        console.print(Text(text.printable(statement)), soft_wrap=True)  # to be copied as it is
    console.print(Text(f"the live tables are as they were; when done: DROP SCHEMA {restored.schema} CASCADE"))


def _family(console: Console, tie: str, tables: Sequence[str], cure: str) -> None:
    if tables:
        names = text.printable(", ".join(tables))
        console.print(Text(f"{tie} {names}: if rows are missing there, {cure}", "yellow"))


def write_survey(console: Console, manifest: Manifest, surveyed: Sequence[Surveyed]) -> None:
    """Tell what a restore would meet."""
    console.print(Text(f"restore of {manifest.backup}: nothing was done"))
    for one in surveyed:
        word, style = _WORDS[one.suffices]
        console.print(Text.assemble((f"  {word:<9}", style), f"{one.what}: {text.printable(one.found)}"))


def write_undone(console: Console, swapped: Swapped) -> None:
    """Tell that a swap was undone."""
    what = f"; what was in its place is {swapped.aside}" if swapped.aside else ""
    console.print(
        Text(f"{swapped.live} is back in its place; nobody got in for {swapped.seconds:.3f} s{what}")
    )
