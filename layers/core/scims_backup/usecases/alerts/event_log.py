"""Telling what happened: an event in the catalog."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.alert import mail_for
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CatalogError, DocumentError, KeyTakenError, UnderstoodError
from scims_backup.domain.events import Event, Kind, Severity, event_id
from scims_backup.ports import Catalog, Progress

_TOLD = "recorded in the catalog as"


def is_told(error: BaseException) -> bool:
    """Say whether an event tells of this failure already, so that nobody else has to."""
    return any(note.startswith(_TOLD) for note in getattr(error, "__notes__", ()))


@dataclass(frozen=True)
class EventLog:
    """Tells what happens to one source."""

    source: str
    catalog: Catalog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress

    def tell(
        self, kind: Kind, severity: Severity, facts: Mapping[str, object], backup: BackupId | None = None
    ) -> str | None:
        """Record an event and return its key; None, noted, if it cannot be: what happened has happened."""
        about = str(backup) if backup else None
        event = Event(self.new_id(), kind, severity, self.clock(), self.source, about, facts)
        key = keys.event(event.time, kind, event.id)
        try:
            self.catalog.put_new(key, event.to_bytes())
        except CatalogError as unheard:
            self.progress.note(f"{kind} could not be recorded in the catalog: {unheard}")
            return None
        return key

    def tell_failure(
        self,
        kind: Kind,
        failure: UnderstoodError,
        backup: BackupId | None = None,
        of: Exception | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        """Record that something failed, and what to do.

        of: the exception that then counts as told; more: facts beside error, message and cure.
        """
        said = {"error": type(failure).__name__, "message": failure.message, "cure": failure.cure}
        facts = {**said, **(more or {})}
        key = self.tell(kind, Severity.ERROR, facts, backup)
        if key is not None:
            (of or failure).add_note(f"{_TOLD} {key}")

    def tell_once(
        self,
        kind: Kind,
        severity: Severity,
        facts: Mapping[str, object],
        since: datetime,
        backup: BackupId | None = None,
    ) -> None:
        """Record what is so since a moment, once, however often it is found. Raise CatalogError."""
        about = str(backup) if backup else None
        identity = event_id(self.source, kind, about or "", since.isoformat())
        record_once(self.catalog, Event(identity, kind, severity, since, self.source, about, facts))


def record_once(catalog: Catalog, event: Event) -> None:
    """Record an event, unless one is there that says the same, if in other words.

    Its id can be known beforehand: one that was put to keep it silent, and says something else, is told past.
    Raise CatalogError if it cannot be told.
    """
    for again in itertools.count(1):
        identity = event.id if again == 1 else event_id(event.id, str(again))
        one = replace(event, id=identity)
        key = keys.event(one.time, one.kind, one.id)
        try:
            catalog.put_new(key, one.to_bytes())
        except KeyTakenError:
            if not _says(catalog.get(key), key, one):
                continue
        return


def _says(data: bytes, key: str, event: Event) -> bool:
    """Say whether an event that is there is of the same, and calls for a mail where this one does."""
    try:
        there = Event.from_bytes(data, key)
    except DocumentError:
        return False
    if (there.kind, there.source, there.backup) != (event.kind, event.source, event.backup):
        return False
    return mail_for(there) is not None or mail_for(event) is None
