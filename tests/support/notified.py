"""A deployment without AWS: what happened is in a catalog in memory, and receivers are notified of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self

from scims_backup.domain import keys
from scims_backup.domain.alert import Mail, Wanted
from scims_backup.domain.errors import NotifierError
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.usecases.alerts.notify import Notified, Notify
from scims_backup.usecases.alerts.unsent_notices import Recipient
from tests.fakes import MemoryCatalog
from tests.mortal import Life, Mortal

NOW = datetime(2026, 11, 22, 4, 2, 11, tzinfo=UTC)
FAILED = Event("a", Kind.BACKUP_FAILED, Severity.ERROR, NOW, "db", None, {"message": "no room", "cure": ""})
CONDEMNED = replace(FAILED, id="b", kind=Kind.DRILL_FAILED, severity=Severity.CRITICAL, source="cache")
COMPLETED = replace(FAILED, id="c", kind=Kind.BACKUP_COMPLETED, severity=Severity.INFO, facts={})
WARNED = replace(COMPLETED, id="d", facts={"warnings": ["pg_dump is older"]})


@dataclass
class Letterbox:
    """A receiver. refuses: how many mails it does not take; before: is called first."""

    mails: list[str] = field(default_factory=list)
    refuses: int = 0
    before: Callable[[], None] | None = None

    def send(self, mail: Mail) -> str:
        if self.before:
            self.before()
        if self.refuses:
            self.refuses -= 1
            raise NotifierError("it is down", "wait")
        self.mails.append(mail.subject)
        return "Letterbox"


@dataclass
class Deployment:
    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)
    boxes: dict[str, Letterbox] = field(default_factory=lambda: {"ops": Letterbox()})
    wanted: dict[str, Wanted] = field(default_factory=dict)
    now: datetime = NOW

    def record(self, *events: Event) -> Self:
        for event in events:
            self.catalog.put_new(key(event), event.to_bytes())
        return self

    @property
    def recipients(self) -> list[Recipient]:
        return [Recipient(name, self.wanted.get(name, Wanted()), box) for name, box in self.boxes.items()]

    def notify(self) -> Notify:
        return Notify(self.catalog, self.recipients, lambda: self.now, iter("0123456789").__next__)

    def dying(self, life: Life) -> Notify:
        """Return a run whose catalog and receivers are watched by a life."""
        recipients = [replace(one, notifier=Mortal(one.notifier, life)) for one in self.recipients]
        return Notify(Mortal(self.catalog, life), recipients, lambda: self.now, iter("0123456789").__next__)

    def run(self) -> tuple[list[Notified], list[str]]:
        notify = self.notify()
        return notify.run(), notify.problems


def key(event: Event) -> str:
    return keys.event(event.time, event.kind, event.id)
