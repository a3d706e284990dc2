"""Watching the objectives of a deployment: how old its newest and its newest proven backup may be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.documents import read
from scims_backup.domain.errors import KeyMissingError, KeyTakenError
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.second_copy import COPY_AGE
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.copies import newest_copied
from scims_backup.usecases.drills.believed_verdicts import newest_proven
from scims_backup.usecases.drills.proven_with import CHANGED, deciding_report
from scims_backup.usecases.stored.manifests import Known, backups_in_order, not_to_come

VERSION = 1


@dataclass(frozen=True)
class WatchObjectives:
    """The objectives of one source; None where it has none.

    backup_age: the greatest age of the newest backup (RPO).
    proof_age: the greatest age of the newest proven backup.
    after_restore: the SHA-256 of what drills and restores run now; the backup must be proven with it.
    copies: the address of the catalog of second copies.
    copy_age: the greatest age of the newest copied backup.
    """

    source: str
    catalog: Catalog
    events: EventLog
    backup_age: timedelta | None
    proof_age: timedelta | None
    after_restore: str | None = None
    copies: str | None = None
    copy_age: timedelta = COPY_AGE

    def look(self, now: datetime) -> list[Kind]:
        """Record what is overdue, once for each backup that should have had a successor; return what is.

        Before the first backup nothing can be overdue. Raise CatalogError if it cannot be recorded.
        """
        backups = not_to_come(backups_in_order(self.catalog, self.source), now)
        if not backups:
            return []
        newest, proven = backups[-1], newest_proven(self.catalog, self.source, backups)
        since = proven.taken if proven else self._since(backups[0].taken)
        return [
            *self._overdue(Kind.BACKUP_OVERDUE, newest.backup, newest.taken, self.backup_age, now),
            *(
                self._overdue(
                    Kind.DRILL_OVERDUE, proven.backup if proven else None, since, self.proof_age, now
                )
                or self._proven_otherwise(proven.backup if proven else None)
            ),
            *self._overdue_copies(backups, now),
        ]

    def _overdue_copies(self, backups: Sequence[Known], now: datetime) -> list[Kind]:
        """Record that the newest copied backup is too old, or, before the first copy, the first backup."""
        if self.copies is None:
            return []
        newest = newest_copied(self.catalog, self.source, self.copies, backups, now)
        backup, since = newest or (None, backups[0].taken)
        return self._overdue(Kind.COPY_OVERDUE, backup, since, self.copy_age, now)

    def _proven_otherwise(self, proven: BackupId | None) -> list[Kind]:
        """Record that the newest proven backup was proven with another after_restore, once for its drill."""
        report = deciding_report(self.catalog, proven) if proven and self.proof_age else None
        if proven is None or report is None or report.after_restore == self.after_restore:
            return []
        facts = {"newest": str(proven), "message": f"{proven} {CHANGED}"}
        since = report.ended or proven.moment
        self.events.record_once(Kind.DRILL_OVERDUE, Severity.ERROR, facts, since, proven)
        return [Kind.DRILL_OVERDUE]

    def _overdue(
        self, kind: Kind, newest: BackupId | None, since: datetime, age: timedelta | None, now: datetime
    ) -> list[Kind]:
        if age is None or now <= since + age:
            return []
        what = str(newest) if newest else "the first backup"
        facts = {"newest": what, "hours_allowed": age / timedelta(hours=1)}
        self.events.record_once(kind, Severity.ERROR, facts, since + age, newest)
        return [kind]

    def _since(self, first: datetime) -> datetime:
        """Return since when proofs are missing: noted at the first look, for retention removes backups.

        A note that is later than the oldest backup was put by somebody who wanted to keep this silent.
        """
        key = keys.drills_since(self.source)
        note = json.dumps({"version": VERSION, "since": first.isoformat()}).encode() + b"\n"
        with suppress(KeyTakenError):
            self.catalog.put_new(key, note)
        return min(_noted(self.catalog.get(key), key), first)


def noted_since(catalog: Catalog, source: str) -> datetime | None:
    """Return since when proofs are missing, if that was noted; nothing is written."""
    key = keys.drills_since(source)
    try:
        return _noted(catalog.get(key), key)
    except KeyMissingError:
        return None


def _noted(data: bytes, key: str) -> datetime:
    return read(_Note, data, key, VERSION).since


@dataclass(frozen=True)
class _Note:
    since: datetime
