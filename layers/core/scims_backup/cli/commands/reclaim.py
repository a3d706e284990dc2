"""`scims-backup reclaim`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from scims_backup.cli.all_sources import for_all_sources
from scims_backup.cli.answer import Answer
from scims_backup.cli.exits import Exit
from scims_backup.cli.request import Request
from scims_backup.cli.writing import write_problems
from scims_backup.ports import Usage
from scims_backup.runtime.progress import text
from scims_backup.settings.flags import Needs

if TYPE_CHECKING:
    from scims_backup.cli.session import Session


@for_all_sources()
def reclaim() -> Request:
    """Read the options of `reclaim`."""
    return Request(_run, Needs(vault=True))


def _run(session: Session) -> Answer:
    """Free the space of removed backups, and lock the others where the settings say so."""
    with session.application() as application:
        before, after = application.reclaim()
        problems = application.protect_repository()
    code = Exit.FAILED if problems else Exit.DONE
    return Answer(
        _result(before, after, problems), partial(_write, before=before, after=after, problems=problems), code
    )


def _result(before: Usage, after: Usage, problems: Sequence[str]) -> dict[str, Any]:
    """Say what the vault took before, and what it takes now. problems: locks that could not be extended."""
    return {
        "place": after.place,
        "bytes_before": before.current_bytes,
        "bytes": after.current_bytes,
        "noncurrent_bytes": after.noncurrent_bytes,
        "problems": list(problems),
    }


def _write(console: Console, before: Usage, after: Usage, problems: Sequence[str]) -> None:
    freed = max(before.current_bytes - after.current_bytes, 0)
    older = f", and {text.size(after.noncurrent_bytes)} of older versions" if after.noncurrent_bytes else ""
    place = f" freed, {text.size(after.current_bytes)} in {after.place}{older}"
    console.print(Text.assemble((text.size(freed), "bold"), place))
    write_problems(console, problems)
