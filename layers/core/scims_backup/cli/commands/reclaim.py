"""`scims-backup reclaim`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.exits import Exit
from scims_backup.cli.results import reclaim_result
from scims_backup.cli.retention_answers import write_reclaimed
from scims_backup.cli.session import Session


def run(session: Session) -> int:
    """Free the space of what was removed, and lock what stays where the settings ask for it."""
    with session.application() as application:
        before, after = application.reclaim()
        problems = application.protect_repository()
    session.answer(
        reclaim_result(before, after, problems),
        partial(write_reclaimed, before=before, after=after, problems=problems),
    )
    return Exit.FAILED if problems else Exit.DONE
