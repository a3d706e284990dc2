"""Events: everything that happens is recorded as an object in the catalog (docs/events.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from scims_backup.domain.backup import BackupId, backup_named
from scims_backup.domain.documents import decoded, parsed
from scims_backup.domain.errors import DocumentError
from scims_backup.domain.verdict import Report, Verdict

VERSION = 1
MOST_FINDINGS = 50
"""An event carries no more findings than this; the rest is in the drill's report."""


class Kind(StrEnum):
    """What happened."""

    BACKUP_COMPLETED = "BackupCompleted"
    BACKUP_FAILED = "BackupFailed"
    BACKUP_HANDED_OVER = "BackupHandedOver"
    BACKUP_OVERDUE = "BackupOverdue"
    BACKUP_SIZE_ANOMALY = "BackupSizeAnomaly"
    ROW_COUNT_ANOMALY = "RowCountAnomaly"
    ROWS_LOST = "RowsLost"
    ROWS_FROZEN = "RowsFrozen"
    BACKUP_SLOW = "BackupSlow"
    STORED_SIZE_ANOMALY = "StoredSizeAnomaly"
    BACKUPS_PRUNED = "BackupsPruned"
    PRUNE_FAILED = "PruneFailed"
    STORAGE_QUOTA_EXCEEDED = "StorageQuotaExceeded"
    STORAGE_QUOTA_NEAR = "StorageQuotaNear"
    DRILL_STARTED = "DrillStarted"
    DRILL_PASSED = "DrillPassed"
    DRILL_FAILED = "DrillFailed"
    DRILL_INCONCLUSIVE = "DrillInconclusive"
    DRILL_OVERDUE = "DrillOverdue"
    SANDBOX_NOT_REMOVED = "SandboxNotRemoved"
    ROOM_RUNS_SHORT = "RoomRunsShort"
    RESTORE_COMPLETED = "RestoreCompleted"
    RESTORE_FAILED = "RestoreFailed"
    SUBSCRIPTION_UNCONFIRMED = "SubscriptionUnconfirmed"
    COPY_COMPLETED = "CopyCompleted"
    COPY_FAILED = "CopyFailed"
    COPY_OVERDUE = "CopyOverdue"
    CONDITION_RECOVERED = "ConditionRecovered"


class Severity(StrEnum):
    """How much an event matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


_DRILL_EVENTS = {
    Verdict.PASSED: (Kind.DRILL_PASSED, Severity.INFO),
    Verdict.FAILED: (Kind.DRILL_FAILED, Severity.CRITICAL),
    Verdict.INCONCLUSIVE: (Kind.DRILL_INCONCLUSIVE, Severity.WARNING),
}


@dataclass(frozen=True)
class Event:
    """One fact.

    facts: JSON values; no secrets, no row contents
    backup: an id, or None
    """

    id: str
    kind: Kind
    severity: Severity
    time: datetime
    source: str
    backup: str | None
    facts: Mapping[str, Any]

    @property
    def about(self) -> BackupId | None:
        """The backup that it is about; None if there is none, or if what stands there is no id."""
        return backup_named(self.backup)

    def to_bytes(self) -> bytes:
        """Write the document for the catalog."""
        document = {
            "version": VERSION,
            "id": self.id,
            "kind": self.kind,
            "severity": self.severity,
            "time": self.time.isoformat(),
            "source": self.source,
            "backup": self.backup,
            "facts": dict(self.facts),
        }
        return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Event:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        document = parsed(data, name, VERSION)
        kind = document.get("kind")
        if isinstance(kind, str) and kind not in set(Kind):
            message = f"{name} reports {kind!r}, which this program does not know"
            raise DocumentError(message, "use a newer scims-backup")
        return decoded(cls, document, name)


def event_id(*parts: str) -> str:
    """The id of an event, derived from its subject: every process that records it uses the same one."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def drill_event(backup: BackupId, drill: str, report: Report, ended: datetime) -> Event:
    """The event for a verdict, with at most MOST_FINDINGS findings; every process makes the same one."""
    kind, severity = _DRILL_EVENTS[report.verdict]
    facts = {
        "drill": drill,
        "reason": report.reason,
        "findings": [vars(finding) for finding in report.findings[:MOST_FINDINGS]],
        "findings_in_all": len(report.findings),
        "seconds": dict(report.seconds),
    }
    return Event(event_id(str(backup), drill, kind), kind, severity, ended, backup.source, str(backup), facts)
