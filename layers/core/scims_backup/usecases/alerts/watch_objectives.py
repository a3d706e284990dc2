"""Watching the objectives of a deployment: how old its newest and its newest proven backup may be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.documents import read
from scims_backup.domain.errors import KeyMissingError, KeyTakenError
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.second_copy import COPY_AGE
from scims_backup.domain.status import Judged, Promised, Seen, SourceStatus, Standing
from scims_backup.domain.status.judgement import copy, newest, proof_age, proven
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.copies import newest_copied
from scims_backup.usecases.drills.believed_verdicts import newest_proven
from scims_backup.usecases.drills.proven_with import deciding_report
from scims_backup.usecases.stored.manifests import Known, backups_in_order, not_to_come

VERSION = 1
NEVER = timedelta.max
"""What is not promised is never overdue."""


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
        status = self._status(backups, now)
        return [
            *self._overdue(Kind.BACKUP_OVERDUE, newest(status), status.newest, self.backup_age),
            *(
                self._overdue(
                    Kind.DRILL_OVERDUE, proof_age(status), status.proven, self.proof_age, status.proofs_since
                )
                or self._proven_otherwise(status)
            ),
            *self._uncopied(status),
        ]

    def _status(self, backups: Sequence[Known], now: datetime) -> SourceStatus:
        """What the judgement asks of the objectives."""
        last, tested = backups[-1], newest_proven(self.catalog, self.source, backups)
        report = deciding_report(self.catalog, tested.backup) if tested and self.proof_age else None
        copied = newest_copied(self.catalog, self.source, self.copies, backups, now) if self.copies else None
        return SourceStatus(
            self.source,
            now,
            Promised(self.backup_age or NEVER, self.proof_age or NEVER, copy_age=self.copy_age),
            newest=Seen(last.backup, last.taken),
            proven=Seen(tested.backup, tested.taken) if tested else None,
            proofs_since=backups[0].taken if tested else self._since(backups[0].taken),
            proven_otherwise=report is not None and report.after_restore != self.after_restore,
            copies=self.copies or "",
            copied=Seen(*copied) if copied else None,
            oldest=backups[0].taken,
        )

    def _uncopied(self, status: SourceStatus) -> list[Kind]:
        if self.copies is None:
            return []
        return self._overdue(Kind.COPY_OVERDUE, copy(status), status.copied, self.copy_age, status.oldest)

    def _proven_otherwise(self, status: SourceStatus) -> list[Kind]:
        """Record that the newest proven backup was proven with another after_restore, once for its drill."""
        said = proven(status)
        if said.standing is not Standing.CRITICAL or status.proven is None:
            return []
        backup = status.proven.backup
        report = deciding_report(self.catalog, backup)
        since = (report.ended if report else None) or backup.moment
        facts = {"newest": str(backup), "message": said.message}
        self.events.record_once(Kind.DRILL_OVERDUE, Severity.ERROR, facts, since, backup)
        return [Kind.DRILL_OVERDUE]

    def _overdue(
        self,
        kind: Kind,
        said: Judged,
        seen: Seen | None,
        age: timedelta | None,
        first: datetime | None = None,
    ) -> list[Kind]:
        """Record that something is overdue if it is judged so. first: what counts before the first one."""
        since = seen.taken if seen else first
        if said.standing is not Standing.CRITICAL or since is None or age is None:
            return []
        backup = seen.backup if seen else None
        facts = {"newest": str(backup or "the first backup"), "hours_allowed": age / timedelta(hours=1)}
        self.events.record_once(kind, Severity.ERROR, facts, since + age, backup)
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
