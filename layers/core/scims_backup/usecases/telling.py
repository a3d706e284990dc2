"""Telling what happened: an event in the catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CatalogError, ScimsBackupError
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.ports import Catalog, Progress


@dataclass(frozen=True)
class Teller:
    """Tells what happens to one source."""

    source: str
    catalog: Catalog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress

    def tell(
        self, kind: Kind, severity: Severity, facts: Mapping[str, object], backup: BackupId | None = None
    ) -> None:
        """Record an event; that it cannot be recorded is noted, and changes nothing about what happened."""
        about = str(backup) if backup else None
        event = Event(self.new_id(), kind, severity, self.clock(), self.source, about, facts)
        try:
            self.catalog.put_new(keys.event(event.time, kind, event.id), event.to_bytes())
        except CatalogError as unheard:
            self.progress.note(f"{kind} could not be recorded in the catalog: {unheard}")

    def tell_failure(self, kind: Kind, error: ScimsBackupError, backup: BackupId | None = None) -> None:
        """Record that something failed, and what to do about it."""
        facts = {"error": type(error).__name__, "message": error.message, "cure": error.cure}
        self.tell(kind, Severity.ERROR, facts, backup)
