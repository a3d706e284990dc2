"""Protecting a whole repository, once a week; what could not be locked is recorded as a prune records it."""

from __future__ import annotations

from dataclasses import dataclass

from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.retention import Plan
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.retention.protect_backups import ProtectBackups
from scims_backup.usecases.retention.pruned import Pruned


@dataclass(frozen=True)
class ProtectRepository:
    """Extends the locks of everything in the repository of one source."""

    protection: ProtectBackups
    events: EventLog

    def run(self, plan: Plan) -> list[str]:
        """Lock all for as long as a plan keeps a backup in it; record and return what was refused."""
        problems = self.protection.run(plan.keep)
        if problems:
            self.events.record(Kind.PRUNE_FAILED, Severity.ERROR, Pruned(plan, problems=problems).facts)
        return problems
