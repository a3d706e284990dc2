"""`restore --keys`: chosen keys under a prefix of their own, beside the live ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.restored import KeysRestored
from scims_backup.runtime.progress import text

if TYPE_CHECKING:
    from scims_backup.bootstrap.application import Application


def restore_keys(application: Application, manifest: Manifest, patterns: tuple[str, ...]) -> Answer:
    """Restore keys. patterns: of their names."""
    restored = application.restore_keys(manifest).run(manifest, patterns)
    return Answer(_result(restored), partial(_write, restored=restored))


def _result(restored: KeysRestored) -> dict[str, Any]:
    return {
        "id": str(restored.backup),
        "database": restored.database,
        "prefix": restored.prefix,
        "keys": dict(restored.keys),
        "copy_missing": list(restored.copy_missing),
        "drop": list(restored.drop),
    }


def _write(console: Console, restored: KeysRestored) -> None:
    console.print(
        Text(f"keys from {restored.backup} are now in {restored.database}, as {restored.prefix}NAME:")
    )
    for database, keys in restored.keys.items():
        console.print(Text(f"  {text.printable(database)}  {text.number(keys)} keys"))
    _write_commands(
        console, "to restore those that are missing under their own names:", restored.copy_missing
    )
    _write_commands(
        console, "the live keys are unchanged; when done, remove the restored ones:", restored.drop
    )


def _write_commands(console: Console, what: str, commands: Sequence[str]) -> None:
    console.print(Text(what))
    for command in commands:
        console.print(Text(text.printable(command)), soft_wrap=True)  # to be copied as it is
