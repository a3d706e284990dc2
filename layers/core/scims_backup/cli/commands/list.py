"""`scims-backup list`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.exits import Exit
from scims_backup.cli.manifest_answers import hold_result, manifest_result, write_holds
from scims_backup.cli.request import Request
from scims_backup.cli.writing import verdict_word
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Manifest
from scims_backup.runtime.progress import text

if TYPE_CHECKING:
    from scims_backup.cli.session import Session
    from scims_backup.usecases.reports.list_backups import ListedBackup

_WIDE = 100
"""Columns from which a list has room for everything."""


def list_() -> Request:
    """Read the options of `list`."""
    return Request(_run)


def _run(session: Session) -> Answer:
    """List the backups; one whose manifest cannot be read is listed too, and makes the exit code 1."""
    source = session.settings.source
    with session.application() as application:
        listed = application.list_backups().run(source)
    code = Exit.FAILED if any(one.problem for one in listed) else Exit.DONE
    return Answer([_result(one) for one in listed], partial(_write, source=source, listed=listed), code)


def _result(one: ListedBackup) -> dict[str, Any]:
    holds = {"holds": [hold_result(hold) for hold in one.holds]}
    if one.manifest is None:
        return {"id": str(one.backup), "verdict": one.verdict, "error": one.problem, **holds}
    return {**manifest_result(one.manifest), "verdict": one.verdict, **holds}


def _write(console: Console, source: str, listed: Sequence[ListedBackup]) -> None:
    if not listed:
        console.print(Text(f"source {source} has no backup yet"))
        return
    columns = _columns(console.width >= _WIDE)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name, (right, _) in columns.items():
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for one in listed:
        table.add_row(*(cell(one) for _, cell in columns.values()))
    console.print(table)
    for one in listed:
        write_holds(console, one.holds, f"{one.backup} is ")
        if one.problem:
            console.print(Text(f"{one.backup}: {text.printable(one.problem)}", "red"))


def _columns(wide: bool) -> dict[str, tuple[bool, Callable[[ListedBackup], Text]]]:
    """Name of each column → whether it is right-aligned, and its cell."""
    columns: dict[str, tuple[bool, Callable[[ListedBackup], Text]]] = {
        "BACKUP": (False, lambda one: Text(str(one.backup))),
        "SIZE": (True, lambda one: _of(one, lambda manifest: text.size(manifest.archive.bytes))),
        "VERDICT": (False, _verdict_of),
    }
    if not wide:
        return columns
    return {
        **columns,
        "STORED": (True, lambda one: _of(one, lambda manifest: text.size(manifest.archive.stored_bytes))),
        "PROOF": (False, lambda one: _of(one, lambda manifest: manifest.proof.level)),
        "FINISHED": (False, lambda one: _of(one, lambda manifest: text.moment(manifest.finished))),
    }


def _verdict_of(one: ListedBackup) -> Text:
    """The verdict, with its limit: rows that were only counted were not proven in full."""
    counted = one.manifest is not None and one.manifest.proof.level == Level.COUNTS
    word = verdict_word(one.verdict)
    return Text.assemble(word, (" (counts)", "dim")) if counted and one.verdict else word


def _of(one: ListedBackup, written: Callable[[Manifest], str]) -> Text:
    return Text("?", "red") if one.manifest is None else Text(written(one.manifest))
