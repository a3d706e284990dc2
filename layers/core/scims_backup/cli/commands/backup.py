"""`scims-backup backup`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.answers import write_backup
from scims_backup.cli.exits import Exit
from scims_backup.cli.results import backup_result
from scims_backup.cli.session import Session
from scims_backup.domain.proof import Level


def run(session: Session, level: Level) -> int:
    """Take a backup and tell of it."""
    with session.application() as application:
        manifest = application.take_backup().run(level)
    session.answer(backup_result(manifest), partial(write_backup, manifest=manifest))
    return Exit.DONE
