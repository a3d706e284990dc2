"""`scims-backup copy`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.answers import write_copied
from scims_backup.cli.exits import Exit
from scims_backup.cli.results import copied_result
from scims_backup.cli.session import Session
from scims_backup.domain.errors import NothingToWorkOnError, ScimsBackupError
from scims_backup.usecases.alerts.event_log import is_told


def run(session: Session) -> int:
    """Copy the chosen backup, or what the settings say."""
    with session.application() as application:
        try:
            manifest = application.chosen()
            copied = application.copy_backup().run(manifest.backup)
        except NothingToWorkOnError:
            raise
        except ScimsBackupError as error:
            if not is_told(error):  # before the copy began, e.g. a secret that cannot be read
                application.tell_failed_copy(error)
            raise
    catalog = str(session.settings.second.catalog)
    session.answer(copied_result(copied, catalog), partial(write_copied, copied=copied, catalog=catalog))
    return Exit.DONE
