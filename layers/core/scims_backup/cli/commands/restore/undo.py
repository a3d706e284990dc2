"""`restore --undo`: the previous database takes the live one's place again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.commands.restore.confirmation import refuse_unconfirmed_after
from scims_backup.ports import Swapped
from scims_backup.runtime.progress import text

if TYPE_CHECKING:
    from scims_backup.bootstrap.application import Application


def undo_swap(application: Application, *, prompts: bool) -> Answer:
    """Undo the last swap. prompts: it remains to be confirmed at the terminal."""
    if prompts:
        target = application.swapping_target()
        refuse_unconfirmed_after(_before_undo(target.name, target.live), target.live, "--undo")
    swapped = application.undo_restore()
    return Answer(_result(swapped), partial(_write, swapped=swapped))


def _before_undo(server: str, live: str) -> list[str]:
    return [
        f"--undo replaces the live database {live} with the one that the last swap put aside",
        f"  on {server}",
        f"  what was written to {live} since that swap stays only in the database that is put aside now",
    ]


def _result(swapped: Swapped) -> dict[str, Any]:
    return {
        "restored": swapped.live,
        "aside": swapped.aside,
        "away_seconds": round(swapped.seconds, 3),
        **({"written": list(swapped.written)} if swapped.written else {}),
    }


def _write(console: Console, swapped: Swapped) -> None:
    what = f"; the one that it replaced is kept as {swapped.aside}" if swapped.aside else ""
    console.print(Text(f"{swapped.live} is live again (unavailable for {swapped.seconds:.3f} s){what}"))
    for line in swapped.written:
        console.print(Text(f"  put aside with it: {text.printable(line)}"))
