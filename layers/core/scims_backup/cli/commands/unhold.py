"""`scims-backup unhold`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.exits import Exit
from scims_backup.cli.results import unhold_result
from scims_backup.cli.retention_answers import write_unheld
from scims_backup.cli.session import Session


def run(session: Session) -> int:
    """Let the chosen backup go; that nobody held it is no failure."""
    with session.application() as application:
        backup = application.chosen().backup
        application.refuse_other_unhold(backup)
        released, left = application.unhold(backup)
    session.answer(
        unhold_result(backup, released, left),
        partial(write_unheld, backup=backup, released=released, left=left),
    )
    return Exit.DONE
