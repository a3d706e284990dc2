"""`scims-backup list`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.answers import write_list
from scims_backup.cli.exits import Exit
from scims_backup.cli.results import list_result
from scims_backup.cli.session import Session


def run(session: Session) -> int:
    """List the backups; one whose manifest cannot be read is listed too, and makes the exit code 1."""
    source = session.settings.source
    with session.application() as application:
        listed = application.list_backups().run(source)
    session.answer(list_result(listed), partial(write_list, source=source, listed=listed))
    return Exit.FAILED if any(one.problem for one in listed) else Exit.DONE
