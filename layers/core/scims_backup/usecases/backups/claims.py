"""Claiming a backup's id before it is taken, so that a schedule that is delivered twice makes one backup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, is_stamp, stamp_of
from scims_backup.domain.errors import AlreadyRunningError, UnderstoodError, UsageError
from scims_backup.ports import Catalog
from scims_backup.ports.leases import Lease
from scims_backup.usecases.backups.run_records import FailedRun, is_condemned

_CLOCK_SKEW = timedelta(minutes=5)
"""A scheduler's clock may be ahead of ours by so much."""


class Repetition(StrEnum):
    """Why a run has nothing to do: its backup is there, being taken, ordered and not there, or a task's."""

    DONE = "done"
    RUNNING = "running"
    ORDERED = "ordered"
    HANDED_OVER = "handed over"


@dataclass(frozen=True)
class Repeated:
    """A run that had nothing to do, for which backup, and why."""

    backup: BackupId
    why: Repetition


@dataclass(frozen=True)
class Claim:
    """The right to take one backup.

    run: the id of the run that has it.
    """

    backup: BackupId
    run: str
    lease: Lease
    catalog: Catalog

    def give_back(self, error: UnderstoodError) -> None:
        """Let the next run try at once; that there was this one stays known."""
        failed = FailedRun(self.run, type(error).__name__)
        self.catalog.put_new(keys.failed_run(self.backup, self.run), failed.to_bytes())
        self.lease.release()


@dataclass(frozen=True)
class Claims:
    """The claims of one source.

    longest: how long a run may take; after that its claim has expired.
    life: how long one of this process may, if less.
    """

    source: str
    catalog: Catalog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    longest: timedelta
    life: timedelta | None = None

    def of_now(self) -> Claim:
        """Claim the next free stamp: two runs may start in one second, and a failed one keeps its stamp."""
        moment = self.clock()
        while True:
            claim = self._claim(stamp_of(moment))
            used = any(True for _ in self.catalog.keys(keys.run_of(claim.backup)))
            if not used and claim.lease.take():
                return claim
            moment += timedelta(seconds=1)

    def of_backup(self, backup: BackupId) -> Claim | Repeated:
        """Claim a backup that an earlier run ordered or handed over, or say why there is nothing to do."""
        return self._of_stamp(backup.stamp)

    def of_schedule(self, scheduled: datetime) -> Claim | Repeated:
        """Claim the stamp of a scheduled time, or say why there is nothing to do.

        Raise UsageError if that time is still to come.
        """
        if scheduled > self.clock() + _CLOCK_SKEW:
            raise UsageError(
                f"the scheduled time {scheduled.isoformat()} is in the future",
                "give the time for which this run was scheduled, or check this machine's clock",
            )
        stamp = stamp_of(scheduled)
        if not is_stamp(stamp):
            raise UsageError(
                f"the scheduled time {scheduled.isoformat()} is out of range",
                "give a time after the year 1000",
            )
        return self._of_stamp(stamp)

    def _of_stamp(self, stamp: str) -> Claim | Repeated:
        claim = self._claim(stamp)
        if self._is_taken(claim.backup):
            return Repeated(claim.backup, Repetition.DONE)
        if not claim.lease.take():
            return Repeated(claim.backup, Repetition.RUNNING)
        if self._is_taken(claim.backup):  # the run that held it before has made it meanwhile
            claim.lease.release()
            return Repeated(claim.backup, Repetition.DONE)
        if is_condemned(self.catalog, claim.backup):
            claim.lease.release()
            raise AlreadyRunningError(
                f"leftovers of an earlier run of {claim.backup} are being removed",
                "try again after the next prune",
            )
        return claim

    def _claim(self, stamp: str) -> Claim:
        backup, run = BackupId(self.source, stamp), self.new_id()
        life = self.longest if self.life is None else self.life
        lease = Lease(self.catalog, keys.claim(backup), run, self.clock, life, most=self.longest)
        return Claim(backup, run, lease, self.catalog)

    def _is_taken(self, backup: BackupId) -> bool:
        """Say whether the backup is there, or was: one that was drilled and pruned leaves its drills.

        Of a drill only the verdict counts, which no task can write.
        """
        if any(True for _ in self.catalog.keys(keys.manifest(backup))):
            return True
        return any(map(keys.is_verdict, self.catalog.keys(keys.drills_of(backup))))
