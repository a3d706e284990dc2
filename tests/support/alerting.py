"""Alerts on a catalog in memory: events happen, the hourly look comes, and mails are counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from scims_backup.domain import keys
from scims_backup.domain.alert import Mail
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.conditions import Cause
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.ports import Catalog, Notifier
from scims_backup.usecases.alerts.acknowledge import Acknowledge, Known
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.live_alerts import Alerted, LiveAlerts, Ticked
from scims_backup.usecases.alerts.unsent_alerts import unsent_alerts
from tests.fakes import MemoryCatalog, RecordedProgress

SOURCE = "scims-db"
HOUR = timedelta(hours=1)
_INFO = (
    Kind.BACKUP_COMPLETED,
    Kind.BACKUP_HANDED_OVER,
    Kind.BACKUPS_PRUNED,
    Kind.DRILL_STARTED,
    Kind.DRILL_PASSED,
    Kind.RESTORE_COMPLETED,
    Kind.COPY_COMPLETED,
    Kind.CONDITION_RECOVERED,
)
_WARNING = (
    Kind.BACKUP_SIZE_ANOMALY,
    Kind.STORED_SIZE_ANOMALY,
    Kind.ROW_COUNT_ANOMALY,
    Kind.ROWS_FROZEN,
    Kind.BACKUP_SLOW,
    Kind.STORAGE_QUOTA_EXCEEDED,
    Kind.STORAGE_QUOTA_NEAR,
    Kind.DRILL_INCONCLUSIVE,
    Kind.ROOM_RUNS_SHORT,
    Kind.SUBSCRIPTION_UNCONFIRMED,
)


def usual_severity(kind: Kind) -> Severity:
    """What docs/events.md says of a kind."""
    if kind in _INFO:
        return Severity.INFO
    if kind is Kind.DRILL_FAILED:
        return Severity.CRITICAL
    return Severity.WARNING if kind in _WARNING else Severity.ERROR


@dataclass
class Letterbox:
    """Who receives the mails; refuses: the errors that the next ones meet."""

    mails: list[Mail] = field(default_factory=list)
    refuses: list[Exception] = field(default_factory=list)

    def send(self, mail: Mail) -> str:
        if self.refuses:
            raise self.refuses.pop(0)
        self.mails.append(mail)
        return f"message-{len(self.mails)}"

    @property
    def states(self) -> list[str]:
        return [mail.attributes["state"] for mail in self.mails]


@dataclass
class Watched:
    """A catalog and a letterbox; now: what every clock says; stack: of AWS, empty for none."""

    now: datetime
    catalog: Any = field(default_factory=MemoryCatalog)
    letters: Letterbox = field(default_factory=Letterbox)
    runs: int = 0
    stack: str = ""

    def event(
        self, kind: Kind, at: datetime | None = None, backup: datetime | None = None, **facts: object
    ) -> Event:
        """Make an event of its usual severity, about the backup that began at a moment."""
        moment = at or self.now
        about = str(BackupId(SOURCE, stamp_of(backup or moment)))
        self.runs += 1
        severity = usual_severity(kind)
        return Event(f"{self.runs:032x}", kind, severity, moment, SOURCE, about, facts)

    def stored(self, event: Event) -> str:
        """Record an event, and what is there when it is true; return its key."""
        backup = BackupId.parse(event.backup or "")
        if event.kind is Kind.BACKUP_COMPLETED:
            self.catalog.put_new(keys.manifest(backup), b"{}")
        if event.kind is Kind.DRILL_PASSED:
            self.catalog.put_new(keys.drill_verdict(backup, str(event.facts["drill"]), "passed"), b"{}")
        key = keys.event(event.time, event.kind, event.id)
        self.catalog.put_new(key, event.to_bytes())
        return key

    def alerts(self, catalog: Catalog | None = None, letters: Notifier | None = None) -> LiveAlerts:
        return LiveAlerts(
            catalog or self.catalog, letters or self.letters, lambda: self.now, self._new_id, self.stack
        )

    def happens(
        self, kind: Kind, at: datetime | None = None, backup: datetime | None = None, **facts: object
    ) -> Alerted:
        """Record an event, and deliver it."""
        event = self.event(kind, at, backup, **facts)
        return self.alerts().consider(self.stored(event), event)

    def looks(self) -> Ticked:
        """Do what the hourly run does: what was missed, then what is due."""
        for key in sorted(unsent_alerts(self.catalog, self.now)):
            self.alerts().consider(key, Event.from_bytes(self.catalog.get(key), key))
        ticked = self.alerts().tick()
        assert ticked.failures == ()
        return ticked

    def passes(self, until: datetime) -> None:
        """Let the hours pass, with a look in each, up to a moment."""
        while self.now < until:
            self.now = min(self.now + HOUR, until)
            self.looks()

    def acknowledges(self, cause: str, by: str = "anna") -> Known:
        events = EventLog(SOURCE, self.catalog, lambda: self.now, self._new_id, RecordedProgress())
        return Acknowledge(SOURCE, self.catalog, events, lambda: self.now).run(Cause(cause), by)

    def _new_id(self) -> str:
        self.runs += 1
        return f"run-{self.runs}"
