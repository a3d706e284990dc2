"""The event log: what happens to a source becomes an event in the catalog."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.alert import mail_for
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import (
    CatalogError,
    DocumentError,
    KeyMissingError,
    KeyTakenError,
    UnderstoodError,
    mark_recorded,
)
from scims_backup.domain.events import Event, Kind, Severity, event_id
from scims_backup.ports import Catalog, Progress


@dataclass(frozen=True)
class EventLog:
    """Records what happens to one source.

    new_id: returns a unique text.
    progress: hears of an event that the catalog does not take.
    """

    source: str
    catalog: Catalog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress

    def record(
        self, kind: Kind, severity: Severity, facts: Mapping[str, object], backup: BackupId | None = None
    ) -> str | None:
        """Record an event and return its key; None, noted, if it cannot be: what happened has happened."""
        about = str(backup) if backup else None
        event = Event(self.new_id(), kind, severity, self.clock(), self.source, about, facts)
        key = keys.event(event.time, kind, event.id)
        try:
            self.catalog.put_new(key, event.to_bytes())
        except CatalogError as error:
            self.progress.note(f"{kind} could not be recorded in the catalog: {error}")
            return None
        return key

    def record_failure(
        self,
        kind: Kind,
        failure: UnderstoodError,
        backup: BackupId | None = None,
        of: Exception | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        """Record that something failed, and what to do.

        of: the exception that is recorded by that, where it is another than the failure.
        more: facts beside error, message and cure.
        """
        said = {"error": type(failure).__name__, "message": failure.message, "cure": failure.cure}
        facts = {**said, **(more or {})}
        key = self.record(kind, Severity.ERROR, facts, backup)
        if key is not None:
            mark_recorded(of or failure, key)

    def record_once(
        self,
        kind: Kind,
        severity: Severity,
        facts: Mapping[str, object],
        since: datetime,
        backup: BackupId | None = None,
    ) -> None:
        """Record a state that began at some moment, once, however often it is found. Raise CatalogError."""
        record_if_new(self.catalog, self._once(kind, severity, facts, since, backup))

    def has_recorded_once(self, kind: Kind, severity: Severity, since: datetime, backup: BackupId) -> bool:
        """Say whether `record_once` has recorded this before. Raise CatalogError."""
        return is_recorded(self.catalog, self._once(kind, severity, {}, since, backup))

    def _once(
        self,
        kind: Kind,
        severity: Severity,
        facts: Mapping[str, object],
        since: datetime,
        backup: BackupId | None,
    ) -> Event:
        about = str(backup) if backup else None
        identity = event_id(self.source, kind, about or "", since.isoformat())
        return Event(identity, kind, severity, since, self.source, about, facts)

    def record_state(
        self, kind: Kind, severity: Severity, facts: Mapping[str, object], since: datetime, what: str
    ) -> None:
        """As `record_once`, of one thing of many that may have got into a state at the same moment."""
        identity = event_id(self.source, kind, what, since.isoformat())
        record_if_new(self.catalog, Event(identity, kind, severity, since, self.source, None, facts))


def record_if_new(catalog: Catalog, event: Event) -> None:
    """Record an event, unless the catalog holds one that says the same, perhaps in other words.

    The id can be guessed. If somebody has put another event under it to suppress this one, the event gets the
    next id. Raise CatalogError if the event cannot be recorded.
    """
    for one in _under_each_id(event):
        key = keys.event(one.time, one.kind, one.id)
        try:
            catalog.put_new(key, one.to_bytes())
        except KeyTakenError:
            if not _says(catalog.get(key), key, one):
                continue
        return


def is_recorded(catalog: Catalog, event: Event) -> bool:
    """Say whether the catalog holds an event that `record_if_new` would not record again."""
    for one in _under_each_id(event):
        key = keys.event(one.time, one.kind, one.id)
        try:
            if _says(catalog.get(key), key, one):
                return True
        except KeyMissingError:
            return False
    raise AssertionError("counting never ends")


def _under_each_id(event: Event) -> Iterator[Event]:
    """The event under its own id, and under those that follow where another event has taken it."""
    yield event
    for again in itertools.count(2):
        yield replace(event, id=event_id(event.id, str(again)))


def _says(data: bytes, key: str, event: Event) -> bool:
    """Say whether an object is an event about the same, which calls for a mail where this one does."""
    try:
        there = Event.from_bytes(data, key)
    except DocumentError:
        return False
    if (there.kind, there.source, there.backup) != (event.kind, event.source, event.backup):
        return False
    return mail_for(there) is not None or mail_for(event) is None
