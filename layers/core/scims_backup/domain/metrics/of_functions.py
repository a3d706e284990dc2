"""The metrics of CloudWatch: what functions and tasks count, and five gauges for each source."""

from __future__ import annotations

from enum import Enum

from scims_backup.domain.metrics.definition import Definition, Unit

OF_FUNCTION = ("service",)
"""The source is in the log line; as a dimension it would multiply the metrics, and CloudWatch's price."""
OF_SOURCE = ("service", "source")


def _counted(name: str, meaning: str, unit: Unit = Unit.COUNT) -> Definition:
    return Definition(name, unit, OF_FUNCTION, meaning)


def _gauge(name: str, unit: Unit, meaning: str) -> Definition:
    return Definition(name, unit, OF_SOURCE, meaning)


class Metric(Enum):
    """Every metric that a function or a task writes to its log."""

    BACKUPS_COMPLETED = _counted("BackupsCompleted", "one for each backup that was taken")
    BACKUPS_FAILED = _counted("BackupsFailed", "one for each run that failed")
    BACKUP_SECONDS = _counted("BackupSeconds", "how long a backup took", Unit.SECONDS)
    BACKUP_BYTES = _counted("BackupBytes", "size of the archive", Unit.BYTES)
    BACKUP_STORED_BYTES = _counted("BackupStoredBytes", "space that a backup added to the vault", Unit.BYTES)
    BACKUPS_REMOVED = _counted("BackupsRemoved", "backups that a prune removed")
    STORED_BYTES = _counted("StoredBytes", "space that a source's archives take in the vault", Unit.BYTES)
    DRILLS_PASSED = _counted("DrillsPassed", "one for each drill that passed")
    DRILLS_FAILED = _counted("DrillsFailed", "one for each drill that failed")
    DRILLS_INCONCLUSIVE = _counted("DrillsInconclusive", "one for each drill that was inconclusive")
    DRILL_SECONDS = _counted("DrillSeconds", "how long a drill took", Unit.SECONDS)
    RESTORES_COMPLETED = _counted("RestoresCompleted", "one for each restore that was proven")
    RESTORES_FAILED = _counted("RestoresFailed", "one for each restore that failed")
    RESTORE_SECONDS = _counted("RestoreSeconds", "how long a restore took", Unit.SECONDS)
    COPIES_COMPLETED = _counted("CopiesCompleted", "one for each copy that was made")
    COPIES_FAILED = _counted("CopiesFailed", "one for each copy that failed")
    COPY_SECONDS = _counted("CopySeconds", "how long a copy took", Unit.SECONDS)
    ALERTS_SENT = _counted("AlertsSent", "one for each mail")
    CONFIRMED_SUBSCRIPTIONS = _counted("ConfirmedSubscriptions", "subscriptions that receive mails")
    UNCONFIRMED_SUBSCRIPTIONS = _counted("UnconfirmedSubscriptions", "subscriptions that receive none")
    BACKUP_AGE = _gauge("BackupAgeHours", Unit.HOURS, "age of the newest backup; none before the first")
    PROOF_AGE = _gauge(
        "ProofAgeDays",
        Unit.DAYS,
        "age of the newest proven backup; before the first proof, of the first backup",
    )
    RECOVERY_TIME = _gauge(
        "RecoveryMinutes", Unit.MINUTES, "how long the last drill took from fetching to restored data"
    )
    SUCCESS = _gauge("SuccessPercent", Unit.PERCENT, "backups of the last 30 nights that were completed")
    QUOTA_USED = _gauge("QuotaPercent", Unit.PERCENT, "stored archives, of the quota; none without a quota")

    @property
    def is_gauge_of_source(self) -> bool:
        """Whether each source has one of its own."""
        return self.value.dimensions == OF_SOURCE
