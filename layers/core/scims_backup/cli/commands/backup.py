"""`scims-backup backup`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.answers import write_backup, write_repeated
from scims_backup.cli.exits import Exit
from scims_backup.cli.results import backup_result, repeated_result
from scims_backup.cli.session import Session
from scims_backup.domain.level import Level
from scims_backup.domain.moments import moment_typed
from scims_backup.usecases.backups.claims import Repeated


def run(session: Session, level: Level, scheduled: str | None) -> int:
    """Take a backup and tell of it, or that this was done or is being done already."""
    moment = None if scheduled is None else moment_typed(scheduled, "--scheduled")
    with session.application() as application:
        manifest = application.take_backup().run(level, moment)
        if isinstance(manifest, Repeated):
            session.answer(repeated_result(manifest), partial(write_repeated, repeated=manifest))
            return Exit.DONE
        anomalies = application.watch_sizes(manifest.backup).warnings
    session.warn(anomalies)
    session.answer(backup_result(manifest, anomalies), partial(write_backup, manifest=manifest))
    return Exit.DONE
