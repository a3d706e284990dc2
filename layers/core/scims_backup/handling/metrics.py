"""Metrics in CloudWatch's embedded format, by way of the log: no endpoint is needed for that."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

NAMESPACE = "ScimsBackup"


class Metric(StrEnum):
    """Every metric, by the name that CloudWatch shows; the end of a name says its unit."""

    BACKUPS_COMPLETED = "BackupsCompleted"
    BACKUPS_FAILED = "BackupsFailed"
    BACKUP_SECONDS = "BackupSeconds"
    BACKUP_BYTES = "BackupBytes"
    BACKUP_STORED_BYTES = "BackupStoredBytes"
    BACKUPS_REMOVED = "BackupsRemoved"
    STORED_BYTES = "StoredBytes"
    DRILLS_PASSED = "DrillsPassed"
    DRILLS_FAILED = "DrillsFailed"
    DRILLS_INCONCLUSIVE = "DrillsInconclusive"
    DRILL_SECONDS = "DrillSeconds"
    RESTORES_COMPLETED = "RestoresCompleted"
    RESTORES_FAILED = "RestoresFailed"
    RESTORE_SECONDS = "RestoreSeconds"
    COPIES_COMPLETED = "CopiesCompleted"
    COPIES_FAILED = "CopiesFailed"
    COPY_SECONDS = "CopySeconds"
    ALERTS_SENT = "AlertsSent"
    CONFIRMED_SUBSCRIPTIONS = "ConfirmedSubscriptions"
    UNCONFIRMED_SUBSCRIPTIONS = "UnconfirmedSubscriptions"

    @property
    def unit(self) -> str:
        """CloudWatch's name of the unit."""
        return next((ending for ending in ("Seconds", "Bytes") if self.endswith(ending)), "Count")


def emit(service: str, source: str, values: Mapping[Metric, float]) -> None:
    """Write metrics with the dimensions service and source."""
    from aws_lambda_powertools.metrics import EphemeralMetrics  # noqa: PLC0415  slow to load

    metrics = EphemeralMetrics(namespace=NAMESPACE, service=service)
    metrics.add_dimension(name="source", value=source)
    for metric, value in values.items():
        metrics.add_metric(name=str(metric), unit=metric.unit, value=value)
    metrics.flush_metrics()
