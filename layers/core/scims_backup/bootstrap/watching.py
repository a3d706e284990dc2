"""What is watched of a source, as the settings say it."""

from __future__ import annotations

from datetime import timedelta

from scims_backup.domain.status import Promised, Watched
from scims_backup.settings.model import Settings


def watched(settings: Settings, after_restore: str | None) -> Watched:
    """Return a source as the settings describe it. after_restore: the SHA-256 of what drills run now."""
    objectives = settings.objectives
    promised = Promised(
        objectives.backup_age,
        objectives.proof_age,
        timedelta(minutes=objectives.rto_minutes) if objectives.rto_minutes else None,
        settings.quota,
        objectives.copy_age,
    )
    copies = str(settings.copy.catalog) if settings.copy else ""
    return Watched(settings.source, promised, after_restore, copies)
