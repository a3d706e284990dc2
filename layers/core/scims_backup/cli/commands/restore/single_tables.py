"""`restore --table`: single tables into a schema of their own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.restored import TablesRestored
from scims_backup.runtime.progress import text

if TYPE_CHECKING:
    from scims_backup.bootstrap.application import Application


def restore_tables(
    application: Application,
    manifest: Manifest,
    tables: tuple[str, ...],
    with_parents: bool,
) -> Answer:
    """Restore tables. with_parents: those that they reference, too."""
    restored = application.restore_tables(manifest).run(manifest, tables, with_parents=with_parents)
    return Answer(_result(restored), partial(_write, restored=restored))


def _result(restored: TablesRestored) -> dict[str, Any]:
    return {
        "id": str(restored.backup),
        "database": restored.database,
        "schema": restored.schema,
        "tables": dict(restored.rows),
        "parents": list(restored.parents),
        "children": list(restored.children),
        "sql": list(restored.sql),
    }


def _write(console: Console, restored: TablesRestored) -> None:
    console.print(Text(f"tables from {restored.backup} are now in {restored.database}:"))
    for name, rows in restored.rows.items():
        console.print(Text(f"  {text.printable(name)}  {text.number(rows)} rows"))
    _write_family(console, "they reference", restored.parents, "--with-parents")
    _write_family(console, "rows deleted from them also change", restored.children, "--table")
    console.print(Text("to restore missing rows, check these statements and run them in psql:"))
    for statement in restored.sql:
        console.print(Text(text.printable(statement)), soft_wrap=True)  # to be copied as it is
    console.print(Text(f"the live tables are unchanged; when done: DROP SCHEMA {restored.schema} CASCADE"))


def _write_family(console: Console, tie: str, tables: Sequence[str], option: str) -> None:
    if tables:
        names = text.printable(", ".join(tables))
        console.print(
            Text(f"{tie} {names}: if rows are missing there, restore these too with {option}", "yellow")
        )
