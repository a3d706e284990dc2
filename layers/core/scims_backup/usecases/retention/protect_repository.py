"""Protecting a whole repository, once a week: what could not be locked is told as a prune tells it."""

from __future__ import annotations

from dataclasses import dataclass

from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.retention import Plan
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.retention.protecting import ProtectBackups
from scims_backup.usecases.retention.prune_backups import Pruned


@dataclass(frozen=True)
class ProtectRepository:
    """Extends the locks of everything in the repository of one source."""

    protection: ProtectBackups
    teller: EventLog

    def run(self, plan: Plan) -> list[str]:
        """Lock all for as long as a plan keeps a backup in it; tell and return what was refused, in words."""
        problems = self.protection.run(plan.keep)
        if problems:
            self.teller.tell(Kind.PRUNE_FAILED, Severity.ERROR, Pruned(plan, problems=problems).facts)
        return problems
