"""What is known of one source at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scims_backup.domain.backup import BackupId
from scims_backup.domain.health_rules import BACKUP_AGE, PROOF_AGE
from scims_backup.domain.run_record import RunRecord
from scims_backup.domain.second_copy import COPY_AGE
from scims_backup.domain.words import ROWS_OF_TABLES

NIGHTS = timedelta(days=30)
"""The runs of this long are what success rates and sparklines are made of."""
_UNTIL_RESTORED = ("start", "fetch", "restore")
"""The phases of a drill that a restore has too."""


@dataclass(frozen=True)
class Promised:
    """The objectives of a source.

    backup_age: greatest age of the newest backup (RPO).
    proof_age: greatest age of the newest proven backup.
    restore_time: longest duration of a restore (RTO); None if none is promised.
    quota: bytes that its archives may take; None for any number.
    copy_age: greatest age of the newest copied backup.
    """

    backup_age: timedelta = BACKUP_AGE
    proof_age: timedelta = PROOF_AGE
    restore_time: timedelta | None = None
    quota: int | None = None
    copy_age: timedelta = COPY_AGE


@dataclass(frozen=True)
class Watched:
    """A source that is watched, as the settings describe it.

    after_restore: the SHA-256 of what drills and restores run now; None for nothing.
    copies: the address of the catalog of second copies; empty if none are made.
    """

    source: str
    promised: Promised = Promised()
    after_restore: str | None = None
    copies: str = ""


@dataclass(frozen=True)
class Seen:
    """A backup, when its snapshot was taken, and when its run ended, if its manifest says."""

    backup: BackupId
    taken: datetime
    finished: datetime | None = None

    @property
    def ended(self) -> datetime:
        """When its run ended, as far as that is known."""
        return self.finished or self.taken


@dataclass(frozen=True)
class OpenAlert:
    """A condition that was reported and has not ended.

    kind: of its events.
    acknowledged: whether somebody silenced its reminders.
    """

    kind: str
    since: datetime
    acknowledged: bool = False


@dataclass(frozen=True, order=True)
class NextRun:
    """What a schedule starts next. what: e.g. `backup`."""

    at: datetime
    what: str


@dataclass(frozen=True)
class SourceStatus:
    """One source at a moment.

    newest, proven: the newest backup, and the newest that a drill has proven.
    oldest: when the oldest backup that there still is was taken.
    proofs_since: since when proofs are due: when the first backup was taken; None before it.
    proven_otherwise: the newest proven backup was proven with another `after_restore` than is set now.
    unreadable: backups whose manifests cannot be read.
    damaged: why records of its history cannot be read.
    nights: the backups of the last 30 days, failed ones too, oldest first.
    verdict: the drill that decides the newest backup that was drilled.
    last_drill, last_restore: the last that ended.
    last_failure: the last backup that failed.
    archive_bytes, stored_bytes: of the newest archive, and what the vault added for it.
    stored_in_all: bytes of all archives in the vault, by what the manifests say unless `is_measured`.
    quota_day: when the quota will be reached.
    in_all: what the newest proof counts, e.g. rows, which `unit` names.
    copies: where second copies go; empty if none are made.
    copied: the newest backup that is there.

    None says that nothing is known.
    """

    source: str
    at: datetime
    promised: Promised = Promised()
    newest: Seen | None = None
    proven: Seen | None = None
    oldest: datetime | None = None
    proofs_since: datetime | None = None
    proven_otherwise: bool = False
    unreadable: tuple[BackupId, ...] = ()
    damaged: tuple[str, ...] = ()
    nights: tuple[RunRecord, ...] = ()
    verdict: RunRecord | None = None
    last_drill: RunRecord | None = None
    last_restore: RunRecord | None = None
    last_failure: RunRecord | None = None
    archive_bytes: int | None = None
    stored_bytes: int | None = None
    stored_in_all: int | None = None
    is_measured: bool = False
    quota_day: date | None = None
    in_all: int | None = None
    unit: str = ROWS_OF_TABLES.unit
    copies: str = ""
    copied: Seen | None = None
    alerts: tuple[OpenAlert, ...] = ()
    next_runs: tuple[NextRun, ...] = ()

    @property
    def due(self) -> tuple[NextRun, ...]:
        """What comes next: what schedules say, else by when it must have run to keep what is promised."""
        if self.next_runs or self.newest is None:
            return self.next_runs
        proven = self.proven.taken if self.proven else self.proofs_since or self.newest.taken
        backup = NextRun(self.newest.taken + self.promised.backup_age, "backup")
        return tuple(sorted((backup, NextRun(proven + self.promised.proof_age, "drill"))))

    @property
    def restore_time(self) -> timedelta | None:
        """How long the restore of the last conclusive drill took; None if that is not known."""
        return time_of_restore(self.verdict)


def time_of_restore(drill: RunRecord | None) -> timedelta | None:
    """Return the time until a drill had restored its backup, without the proof; None if it never had."""
    if drill is None or "restore" not in drill.seconds:
        return None
    return timedelta(seconds=sum(drill.seconds.get(phase, 0.0) for phase in _UNTIL_RESTORED))
