"""`scims-backup doctor`."""

from __future__ import annotations

import sys
from functools import partial

from scims_backup.cli.exits import Exit
from scims_backup.cli.health_answers import doctor_result, write_examined
from scims_backup.cli.session import Session
from scims_backup.domain.health import State


def run(session: Session) -> int:
    """Examine everything; a problem makes the exit code 1, what could not be checked does not."""
    with session.application() as application:
        examined = application.examine(partial(_trace, session))
    session.answer(doctor_result(examined), partial(write_examined, examined=examined))
    return Exit.FAILED if any(one.state is State.PROBLEM for one in examined) else Exit.DONE


def _trace(session: Session, error: BaseException) -> None:
    if session.request.output.debug or session.environment.get("SCIMS_DEBUG") == "1":
        print(session.redactor.traceback(error), file=sys.stderr, flush=True)  # noqa: T201
