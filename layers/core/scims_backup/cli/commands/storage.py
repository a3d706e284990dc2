"""`scims-backup storage`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.exits import Exit
from scims_backup.cli.results import storage_result
from scims_backup.cli.retention_answers import write_storage
from scims_backup.cli.session import Session
from scims_backup.usecases.storage import Storage


def run(session: Session) -> int:
    """Measure every source that is chosen: the one that is named, or all of the settings document."""
    measured = []
    for one in session.per_source():
        with one.application() as application:
            measured.append(application.storage())
    storage = Storage(tuple(measured), session.quota_in_all)
    session.answer(storage_result(storage), partial(write_storage, storage=storage))
    return Exit.DONE
