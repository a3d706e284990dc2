"""`scims-backup hold`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.exits import Exit
from scims_backup.cli.results import hold_result
from scims_backup.cli.retention_answers import write_hold
from scims_backup.cli.session import Session
from scims_backup.domain.moments import end_typed


def run(session: Session, until: str) -> int:
    """Hold the chosen backup."""
    moment = end_typed(until, "--until")
    with session.application() as application:
        backup = application.chosen().backup
        hold = application.hold(backup, moment)
    session.answer(hold_result(backup, hold), partial(write_hold, backup=backup, hold=hold))
    return Exit.DONE
