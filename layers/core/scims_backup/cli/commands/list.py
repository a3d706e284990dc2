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
from scims_backup.cli.writing import verdict_word, write_hanging, write_judged
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.status import Judged, Standing
from scims_backup.runtime.progress import text

if TYPE_CHECKING:
    from scims_backup.cli.session import Session
    from scims_backup.usecases.reports.list_backups import ListedBackup

_STAMP, _SIZE_AND_VERDICT, _THE_REST = 16, 34, 42
"""Columns of the screen that these take."""
_INDENT = 4


def list_() -> Request:
    """Read the options of `list`."""
    return Request(_run)


def _run(session: Session) -> Answer:
    """List the backups; one whose manifest cannot be read is listed too, and makes the exit code 1."""
    source = session.settings.source
    with session.application() as application:
        listed = application.list_backups().run(source)
        judgements = application.judged()
    code = Exit.FAILED if any(one.problem for one in listed) else Exit.DONE
    write = partial(_write, source=source, listed=listed, judgements=judgements)
    return Answer([_result(one) for one in listed], write, code)


def _result(one: ListedBackup) -> dict[str, Any]:
    holds = {"holds": [hold_result(hold) for hold in one.holds]}
    if one.manifest is None:
        return {"id": str(one.backup), "verdict": one.verdict, "error": one.problem, **holds}
    return {**manifest_result(one.manifest), "verdict": one.verdict, **holds}


def _write(
    console: Console, source: str, listed: Sequence[ListedBackup], judgements: Sequence[Judged]
) -> None:
    if not listed:
        console.print(Text(f"source {source} has no backup yet"))
    else:
        _write_table(console, source, listed)
    for one in listed:
        write_holds(console, one.holds, f"{one.backup} is ")
        if one.problem:
            write_hanging(console, Text(f"{one.backup}: {text.printable(one.problem)}", "red"), _INDENT)
    for judgement in judgements:
        if judgement.standing is not Standing.FINE:
            write_judged(console, judgement)


def _write_table(console: Console, source: str, listed: Sequence[ListedBackup]) -> None:
    """A row for each backup; the name of the source stands above them where ids would not fit."""
    ids = max(len(str(one.backup)) for one in listed)
    fits = ids + _SIZE_AND_VERDICT <= console.width
    is_wide = (ids if fits else _STAMP) + _SIZE_AND_VERDICT + _THE_REST <= console.width
    if not fits:
        console.print(Text.assemble("source ", (source, "bold")))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    columns = _columns(is_wide, "BACKUP" if fits else "STAMP")
    for name, (right, _) in columns.items():
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for one in listed:
        table.add_row(*(cell(one) for _, cell in columns.values()))
    console.print(table)


def _columns(wide: bool, called: str) -> dict[str, tuple[bool, Callable[[ListedBackup], Text]]]:
    """Name of each column → whether it is right-aligned, and its cell."""
    columns: dict[str, tuple[bool, Callable[[ListedBackup], Text]]] = {
        called: (False, lambda one: Text(str(one.backup) if called == "BACKUP" else one.backup.stamp)),
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
