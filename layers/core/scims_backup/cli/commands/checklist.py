"""`scims-backup checklist`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.checklist_answers import checklist_result, write_checklist
from scims_backup.cli.exits import Exit
from scims_backup.cli.session import Session
from scims_backup.domain.checklist import State

_EXITS = {State.YES: Exit.DONE, State.NO: Exit.DRILL_FAILED, State.UNKNOWN: Exit.INCONCLUSIVE}


def run(session: Session) -> int:
    """Read the source's checklist off the catalog."""
    with session.application() as application:
        checklist = application.checklist()
    session.answer(checklist_result(checklist), partial(write_checklist, checklist=checklist))
    return _EXITS[checklist.state]
