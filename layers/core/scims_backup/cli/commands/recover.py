"""`scims-backup recover`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.exits import Exit
from scims_backup.cli.recovery_answers import recovery_result, write_recovery
from scims_backup.cli.session import Session
from scims_backup.domain.moments import moment_typed


def run(session: Session, before: str, confirm: str | None) -> int:
    """Say what brings vault and catalog back, and do it if that very plan was confirmed."""
    moment = moment_typed(before, "--before")
    with session.application() as application:
        recover = application.recover()
        plan = recover.plan(moment)
        if confirm is not None:
            recover.run(plan, confirm)
    done = confirm is not None
    session.answer(recovery_result(plan, done=done), partial(write_recovery, plan=plan, done=done))
    return Exit.DONE
