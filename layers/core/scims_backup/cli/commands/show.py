"""`scims-backup show`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.answers import write_shown
from scims_backup.cli.exits import Exit
from scims_backup.cli.results import show_result
from scims_backup.cli.session import Session


def run(session: Session) -> int:
    """Show the chosen backup."""
    with session.application() as application:
        shown = application.list_backups().show(application.chosen())
    session.answer(show_result(shown), partial(write_shown, shown=shown))
    return Exit.DONE
