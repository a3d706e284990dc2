"""What restoring chosen tables and chosen keys share: build beside the live ones, prove, and move."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scims_backup.domain.errors import RestoreFailedError
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.records_of_runs import record_of_restore
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.ports import Catalog, ChosenBuilding, Engines, Progress, Target, Vault
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.stored.archives import OpenArchive
from scims_backup.usecases.stored.history import record_run


@dataclass(frozen=True)
class RestoreChosen:
    """Restores a part of the backups of one source to one target."""

    vault: Vault
    catalog: Catalog
    engines: Engines
    target: Target[Any]
    events: EventLog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress

    def _moved(self, manifest: Manifest, archive: OpenArchive, building: ChosenBuilding) -> Mapping[str, int]:
        """Restore what was chosen, prove it, and move it into the live database; return how much is there.

        Raise RestoreFailedError if it is not what was proven; as the building does.
        """
        self.progress.phase("restore", total_bytes=manifest.archive.bytes)
        archive.stream(building.write, self.progress)
        building.finish()
        self.progress.phase("prove")
        found = building.differences()
        if found:
            raise RestoreFailedError(
                f"{found[0]}: nothing was put into {self.target.live}", "restore from another backup"
            )
        self.progress.phase("move")
        return building.move()

    def _record(self, manifest: Manifest, began: datetime, **what: object) -> None:
        """Record that a part was restored. what: it was, and where it is."""
        record = record_of_restore(manifest.backup, Report(Verdict.PASSED), began, self.clock())
        record_run(self.catalog, record, self.new_id(), self.progress)
        facts = {"database": self.target.live, **what, "swapped": False, "aside": None}
        self.events.record(Kind.RESTORE_COMPLETED, Severity.INFO, facts, manifest.backup)
