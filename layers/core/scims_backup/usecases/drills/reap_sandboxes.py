"""The reaper: what drills made in the cloud and is past its expiry is deleted, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain.conditions import Cause
from scims_backup.domain.errors import SandboxError
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.sandbox_server import Expired
from scims_backup.ports import Progress, SandboxServers
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.record_recovery import record_recovery


@dataclass(frozen=True)
class ReapSandboxes:
    """Deletes what has expired. What cannot be deleted costs money each hour, so one mail names it."""

    servers: SandboxServers
    events: EventLog
    progress: Progress

    def look(self, now: datetime) -> Sequence[str]:
        """Delete what has expired; return the names of what was deleted. Raise CatalogError."""
        try:
            expired = self.servers.expired(now)
        except SandboxError as error:
            self.progress.note(f"expired sandboxes could not be searched for: {error}")
            return []
        deleted = [one.name for one in expired if self._deleted(one)]
        if len(deleted) == len(expired):
            record_recovery(self.events, Cause.SANDBOX_LEFT, "nothing that has expired is left")
        return deleted

    def _deleted(self, one: Expired) -> bool:
        self.progress.note(f"{one} has expired, and is being deleted")
        try:
            self.servers.delete(one.name)
        except SandboxError as error:
            facts = {
                "object": str(one),
                "expired": one.expires.isoformat(),
                "error": type(error).__name__,
                "message": error.message,
                "cure": error.cure,
            }
            # one mail about each, whatever else expires at the same moment
            self.events.record_once(
                Kind.SANDBOX_NOT_REMOVED, Severity.ERROR, facts, one.expires, what=one.name
            )
            return False
        return True
