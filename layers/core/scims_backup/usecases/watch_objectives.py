"""Watching what a deployment promises itself: how old its newest and its newest proven backup may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_history import drills_by_stamp, verdict_of
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.verdict import Verdict
from scims_backup.ports import Catalog
from scims_backup.usecases.telling import Teller


@dataclass(frozen=True)
class WatchObjectives:
    """The objectives of one source, None where it promises nothing.

    backup_age: of the newest backup (RPO); proof_age: of the newest proven backup.
    """

    source: str
    catalog: Catalog
    teller: Teller
    backup_age: timedelta | None
    proof_age: timedelta | None

    def look(self, now: datetime) -> list[Kind]:
        """Tell what is overdue, once for each backup that should have been followed; return what is.

        Before the first backup nothing can be overdue. Raise CatalogError if it cannot be told.
        """
        backups = self._backups()
        if not backups:
            return []
        overdue = []
        if self._is_overdue(Kind.BACKUP_OVERDUE, backups[-1], self.backup_age, now):
            overdue.append(Kind.BACKUP_OVERDUE)
        proven = self._proven(backups)
        if self._is_overdue(Kind.DRILL_OVERDUE, proven or backups[0], self.proof_age, now):
            overdue.append(Kind.DRILL_OVERDUE)
        return overdue

    def _is_overdue(self, kind: Kind, newest: BackupId, age: timedelta | None, now: datetime) -> bool:
        if age is None or now <= newest.moment + age:
            return False
        facts = {"newest": str(newest), "hours_allowed": age / timedelta(hours=1)}
        self.teller.tell_once(kind, Severity.ERROR, facts, newest.moment + age, newest)
        return True

    def _backups(self) -> list[BackupId]:
        found = filter(keys.is_manifest, self.catalog.keys(keys.manifests(self.source)))
        return sorted(keys.backup_of(key) for key in found)

    def _proven(self, backups: list[BackupId]) -> BackupId | None:
        drills = drills_by_stamp(self.source, self.catalog.keys(keys.drills(self.source)))
        proven = [one for one in backups if verdict_of(drills.get(one.stamp, ())) is Verdict.PASSED]
        return proven[-1] if proven else None
