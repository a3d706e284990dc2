"""`scims-backup reclaim`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.exits import Exit
from scims_backup.cli.results import reclaim_result
from scims_backup.cli.retention_answers import write_reclaimed
from scims_backup.cli.session import Session


def run(session: Session) -> int:
    """Free the space of what was removed."""
    with session.application() as application:
        before, after = application.reclaim()
    session.answer(reclaim_result(before, after), partial(write_reclaimed, before=before, after=after))
    return Exit.DONE
