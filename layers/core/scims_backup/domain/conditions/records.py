"""What the catalog holds about a condition: small documents that are created and never overwritten."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Self

from scims_backup.domain.conditions.causes import needed_backup, needs_newer
from scims_backup.domain.documents import read
from scims_backup.domain.events import Event, Kind, Severity

VERSION = 1


@dataclass(frozen=True)
class _Record:
    """A document whose fields are those of its class."""

    def to_bytes(self) -> bytes:
        """Write the document for the catalog: the same bytes for the same record."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        document = {"version": VERSION, **{name: _plain(value) for name, value in values.items()}}
        return json.dumps(document, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Self:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        return read(cls, data, name, VERSION)


@dataclass(frozen=True)
class Problem(_Record):
    """An event of the condition's cause.

    event: its key.
    backup: the oldest that an event must be about to end it; None for any.
    needs_newer: only a newer one ends it.
    """

    event: str
    kind: Kind
    severity: Severity
    time: datetime
    backup: str | None
    needs_newer: bool

    @classmethod
    def of(cls, key: str, event: Event) -> Problem:
        """The problem that the event under a key reports."""
        return cls(key, event.kind, event.severity, event.time, needed_backup(event), needs_newer(event))

    def is_mended_by(self, event: Event | Ended) -> bool:
        """Say whether an event that may end the condition ends this problem."""
        if event.time <= self.time:
            return False
        if self.backup is None or event.backup is None or event.kind is Kind.CONDITION_RECOVERED:
            return True
        return event.backup > self.backup if self.needs_newer else event.backup >= self.backup


@dataclass(frozen=True)
class Mailed(_Record):
    """A mail about a condition that was open: a reminder, or what had followed.

    message: the notifier's id of it.
    events: the keys of the events that it was the first to mention.
    """

    message: str
    sent: datetime
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Acknowledged(_Record):
    """Somebody knows of the condition and wants no reminders. by: who."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Ended(_Record):
    """The event that ended the condition. event: its key."""

    event: str
    kind: Kind
    time: datetime
    backup: str | None


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
