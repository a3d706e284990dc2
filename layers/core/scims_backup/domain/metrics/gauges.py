"""The gauges of Prometheus and OpenTelemetry: all of them derived from the catalog, none is counted."""

from __future__ import annotations

from enum import Enum

from scims_backup.domain.metrics.definition import Definition, Unit

PREFIX = "scims_backup_"
SOURCE = "source"


def _gauge(name: str, unit: Unit, meaning: str, *labels: str) -> Definition:
    return Definition(f"{PREFIX}{name}", unit, (SOURCE, *labels), meaning)


class Gauge(Enum):
    """Every gauge of a source. A moment, never an age: an age in a file that nobody renews stays small."""

    READABLE = _gauge("source_readable", Unit.STATE, "whether the source's catalog could be read")
    STANDING = _gauge(
        "standing", Unit.COUNT, "judgement of the source: 0 is fine, 1 is a warning, 2 is critical"
    )
    LAST_SUCCESS = _gauge(
        "last_success_timestamp_seconds", Unit.MOMENT, "when the snapshot of the newest backup was taken"
    )
    LAST_FAILURE = _gauge("last_failure_timestamp_seconds", Unit.MOMENT, "when a backup failed last")
    LAST_PROOF = _gauge(
        "last_proof_timestamp_seconds",
        Unit.MOMENT,
        "when the snapshot of the newest proven backup was taken",
    )
    PROOF_DUE_SINCE = _gauge(
        "proof_due_since_timestamp_seconds",
        Unit.MOMENT,
        "since when a proof is due: the newest proven backup, or before the first proof the first backup",
    )
    LAST_DRILL = _gauge("last_drill_timestamp_seconds", Unit.MOMENT, "when the last drill ended")
    LAST_RESTORE = _gauge("last_restore_timestamp_seconds", Unit.MOMENT, "when the last restore ended")
    LAST_COPY = _gauge(
        "last_copy_timestamp_seconds", Unit.MOMENT, "when the snapshot of the newest copied backup was taken"
    )
    COPY_DUE_SINCE = _gauge(
        "copy_due_since_timestamp_seconds",
        Unit.MOMENT,
        "since when a copy is due: the newest copied backup, or before the first copy the first backup; none "
        "where none are made",
    )
    NEXT_RUN = _gauge("next_run_timestamp_seconds", Unit.MOMENT, "when a run is scheduled next", "run")
    SUCCESS = _gauge(
        "success_ratio", Unit.RATIO, "nights with a complete backup among the last 30; days are those of UTC"
    )
    NIGHTS_COMPLETED = _gauge("nights_completed", Unit.COUNT, "nights of the last 30 with a complete backup")
    NIGHTS_FAILED = _gauge("nights_failed", Unit.COUNT, "nights of the last 30 in which every run failed")
    NIGHTS_MISSING = _gauge("nights_missing", Unit.COUNT, "nights of the last 30 without any run")
    ARCHIVE_BYTES = _gauge("archive_bytes", Unit.BYTES, "size of the newest archive")
    ARCHIVE_STORED_BYTES = _gauge(
        "archive_stored_bytes", Unit.BYTES, "space that the newest archive added to the vault"
    )
    BACKUP_SECONDS = _gauge(
        "backup_duration_seconds", Unit.SECONDS, "how long the last completed backup run took"
    )
    BACKUP_PHASE = _gauge(
        "backup_phase_seconds", Unit.SECONDS, "how long each phase of the last backup run took", "phase"
    )
    THROUGHPUT = _gauge(
        "backup_throughput_bytes_per_second",
        Unit.BYTES_A_SECOND,
        "bytes of the newest archive for each second of its run",
    )
    IN_ALL = _gauge("counted_in_all", Unit.COUNT, "rows, or keys, of the newest backup in all", "unit")
    VERDICT = _gauge(
        "last_drill_verdict", Unit.STATE, "1 for the verdict of the last drill, 0 for the others", "verdict"
    )
    FINDINGS = _gauge("last_drill_findings", Unit.COUNT, "differences that the last drill found")
    DRILL_PHASE = _gauge(
        "drill_phase_seconds", Unit.SECONDS, "how long each phase of the last drill took", "phase"
    )
    RESTORE_SECONDS = _gauge(
        "restore_duration_seconds",
        Unit.SECONDS,
        "how long the last drill took from fetching to restored data; the time that RTO limits",
    )
    STORED_BYTES = _gauge("stored_bytes", Unit.BYTES, "space that the source's archives take in the vault")
    QUOTA_BYTES = _gauge("quota_bytes", Unit.BYTES, "space that they may take; none without a quota")
    QUOTA_DAY = _gauge(
        "quota_reached_timestamp_seconds", Unit.MOMENT, "when the quota will be reached, by the forecast"
    )
    BACKUP_AGE_OBJECTIVE = _gauge(
        "backup_age_objective_seconds", Unit.SECONDS, "greatest age of the newest backup (RPO)"
    )
    PROOF_AGE_OBJECTIVE = _gauge(
        "proof_age_objective_seconds", Unit.SECONDS, "greatest age of the newest proven backup"
    )
    COPY_AGE_OBJECTIVE = _gauge(
        "copy_age_objective_seconds",
        Unit.SECONDS,
        "greatest age of the newest copied backup; none where none are made",
    )
    RESTORE_OBJECTIVE = _gauge(
        "restore_objective_seconds", Unit.SECONDS, "longest restore (RTO); none if none was set"
    )
    OPEN_ALERTS = _gauge("open_alerts", Unit.COUNT, "conditions that are open and not acknowledged")
    ACKNOWLEDGED_ALERTS = _gauge(
        "acknowledged_alerts", Unit.COUNT, "conditions that are open and acknowledged"
    )


WRITTEN = Definition(
    f"{PREFIX}written_timestamp_seconds",
    Unit.MOMENT,
    (),
    "when these values were read: a file that nobody renews is seen by it",
)
"""The one gauge that is of no source."""
