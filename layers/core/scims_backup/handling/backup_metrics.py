"""What is counted of backups, wherever they are taken."""

from __future__ import annotations

from collections.abc import Mapping

from scims_backup.domain.manifest import Manifest
from scims_backup.handling.metrics import Metric


def measured(taken: Manifest) -> Mapping[Metric, float]:
    """What is counted of a backup that was taken."""
    return {
        Metric.BACKUPS_COMPLETED: 1,
        Metric.BACKUP_SECONDS: (taken.finished - taken.started).total_seconds(),
        Metric.BACKUP_BYTES: taken.archive.bytes,
        Metric.BACKUP_STORED_BYTES: taken.archive.stored_bytes,
    }


def failed() -> Mapping[Metric, float]:
    """What is counted of one that failed."""
    return {Metric.BACKUPS_FAILED: 1}
