"""A backup that is committed, and how it is recorded: in the history, then by its event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.records_of_runs import record_of_backup
from scims_backup.ports import Catalog, Progress, Proof
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.known_warnings import known_before
from scims_backup.usecases.backups.nights import keep_record


@dataclass(frozen=True)
class Taken:
    """A backup that is committed.

    proof: of what it holds.
    standing: those of its warnings that stay true until somebody acts.
    took: how long the run took.
    """

    manifest: Manifest
    proof: Proof
    standing: tuple[str, ...]
    took: timedelta


def record_taken(catalog: Catalog, taken: Taken, events: EventLog, progress: Progress) -> None:
    """Record a backup. What cannot be recorded is noted: with its manifest, there is the backup."""
    manifest = taken.manifest
    record = record_of_backup(manifest, taken.proof.holdings(), progress.words)
    keep_record(catalog, record, progress)
    known = known_before(catalog, manifest.backup, taken.standing, progress)
    news = [warning for warning in manifest.warnings if warning not in known]
    facts = {
        "bytes": manifest.archive.bytes,
        "stored_bytes": manifest.archive.stored_bytes,
        "seconds": taken.took.total_seconds(),
        "level": manifest.proof.level,
        "warnings": news,
        "warnings_told_before": known,
        **({"labels": manifest.labels} if manifest.labels else {}),
    }
    severity = Severity.WARNING if news else Severity.INFO
    events.record(Kind.BACKUP_COMPLETED, severity, facts, manifest.backup)
