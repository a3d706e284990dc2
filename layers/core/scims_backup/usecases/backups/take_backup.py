"""Taking one backup: archive and proof of the same snapshot, then the commit by manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any, TypeVar

from scims_backup.domain import keys
from scims_backup.domain.backup import LONGEST_RUN, BackupId, stamp_of
from scims_backup.domain.dump_time import Pace, Where
from scims_backup.domain.engine_names import MadeBy
from scims_backup.domain.errors import (
    CatalogError,
    KeyTakenError,
    OperationFailedError,
    UnderstoodError,
)
from scims_backup.domain.events import Kind
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Manifest, clock_went_back
from scims_backup.domain.run_record import RunKind
from scims_backup.ports import Catalog, DelayedSource, Progress, Source, Vault
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.claims import Claim, Claims, Repeated, Repetition
from scims_backup.usecases.backups.deliveries import Deliveries
from scims_backup.usecases.backups.hand_over import HandOver, TooLongHereError, Window
from scims_backup.usecases.backups.run_records import is_condemned
from scims_backup.usecases.backups.store_archive import StoreArchive
from scims_backup.usecases.backups.taken import Taken, record_taken
from scims_backup.usecases.stored.history import record_failed_run
from scims_backup.usecases.stored.manifests import backups_in_order
from scims_backup.usecases.stored.proofs import keep_proof

_N = TypeVar("_N", bound=Repeated | None)
_UNFORESEEN = "check the log of the run; report it with the traceback"


@dataclass(frozen=True)
class TakeBackup:
    """One source with its vault and catalog, ready to be backed up.

    longest: how long a run may take; after that another may take over what it was scheduled for.
    made_by: the source's engine, and the format of its archives.
    labels: what this run says of its backup.
    window: the time that there is where it runs; None for as long as it takes.
    where: it runs; None for some machine of the operator's.
    """

    source_name: str
    source: Source[Any] | DelayedSource[Any]
    vault: Vault
    catalog: Catalog
    events: EventLog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress
    longest: timedelta = LONGEST_RUN
    made_by: MadeBy = field(default_factory=MadeBy)
    labels: Mapping[str, str] = field(default_factory=dict)
    window: Window | None = None
    where: Where | None = None

    def run(self, level: Level, scheduled: datetime | None = None) -> Manifest | Repeated:
        """Take a backup and return its manifest. Raise the domain's error of whatever failed.

        The event log records either. Without a manifest there is no backup, and with one there is.

        scheduled: the time that this run is scheduled for; it becomes the backup's stamp. A run that is
        repeated for the same time finds the backup, or the run that takes it, and does nothing.
        """
        taken = self._run(level, partial(self._claimed, scheduled))
        if isinstance(taken, Manifest) and scheduled and stamp_of(scheduled) != taken.backup.stamp:
            self._order(scheduled)
        return taken

    def collect(self, level: Level) -> Manifest | Repeated | None:
        """Take the backup that an earlier run ordered, if it is there now, and order nothing new.

        Return None if nothing is awaited. Raise, and record, as `run` does.
        """
        return self._run(level, self._claimed_order)

    def take(self, level: Level, backup: BackupId) -> Manifest | Repeated:
        """Take the backup that an earlier run handed over. Raise, and record, as `run` does."""
        return self._run(level, partial(self._claims.of_backup, backup))

    def _run(self, level: Level, claim_of: Callable[[], Claim | _N]) -> Manifest | Repeated | _N:
        claim: Claim | None = None
        began = self.clock()
        try:
            claimed = claim_of()
            if not isinstance(claimed, Claim):
                return claimed
            claim = claimed
            taken = self._taken_or_handed_over(claim, level)
        except UnderstoodError as error:
            self._fail(began, claim, error)
            raise
        except Exception as error:
            unforeseen = OperationFailedError(f"unexpected {type(error).__name__}", _UNFORESEEN)
            self._fail(began, claim, unforeseen, error)
            raise
        if isinstance(taken, Repetition):
            return Repeated(claim.backup, taken)
        record_taken(self.catalog, taken, self.events, self.progress)
        self._let_go(taken.manifest.backup)
        return taken.manifest

    def _claimed(self, scheduled: datetime | None) -> Claim | Repeated:
        """Claim what an earlier run ordered and is there now, else what this run is for."""
        arrived = self._deliveries.arrived(self.clock())
        if arrived is not None:
            return self._claims.of_backup(arrived)
        if scheduled is not None:
            return self._claims.of_schedule(scheduled)
        awaited = self._deliveries.awaited(self.clock())
        return self._claims.of_now() if awaited is None else self._claims.of_backup(awaited)

    def _claimed_order(self) -> Claim | Repeated | None:
        """Claim what an earlier run ordered and is there now."""
        arrived = self._deliveries.arrived(self.clock())
        if arrived is not None:
            return self._claims.of_backup(arrived)
        awaited = self._deliveries.awaited(self.clock())
        return None if awaited is None else Repeated(awaited, Repetition.ORDERED)

    def _order(self, scheduled: datetime) -> None:
        """Order what this run was scheduled for, since it took what an earlier one had ordered."""
        claimed: Claim | Repeated | None = None
        began = self.clock()
        try:
            claimed = self._claims.of_schedule(scheduled)
            if isinstance(claimed, Claim):
                self._deliveries.has_arrived(claimed.backup)
                claimed.lease.release()
        except UnderstoodError as error:
            self._fail(began, claimed if isinstance(claimed, Claim) else None, error)
            raise

    def _taken_or_handed_over(self, claim: Claim, level: Level) -> Taken | Repetition:
        """Take the backup, or let its claim go before a task is asked, which takes it at once."""
        if self._hand_over.is_done(claim.backup):
            claim.lease.release()
            return Repetition.HANDED_OVER
        try:
            return self._taken(claim, level)
        except TooLongHereError as error:
            if self.window is None or self.window.is_last:
                raise
            self.progress.note(error.message)
            claim.lease.release()
            self._hand_over.ask(claim.backup, claim.run, error)
            return Repetition.HANDED_OVER

    def _taken(self, claim: Claim, level: Level) -> Taken | Repetition:
        """Store archive and proof, then commit by the manifest; or say why there is nothing to do."""
        backup = claim.backup
        if not self._deliveries.has_arrived(backup):
            claim.lease.release()
            return Repetition.ORDERED
        started = self.clock()
        self.vault.prepare()
        clock_warnings = self._clock_warnings(backup, started)
        stored = self._archives.run(backup, level)
        for warning in stored.standing:
            self.progress.note(warning)
        finished = self.clock()
        manifest = Manifest(
            backup=backup,
            started=stored.taken or started,
            finished=finished,
            archive=stored.archive,
            proof=keep_proof(self.catalog, backup, stored.proof),
            server=dict(stored.proof.identity()),
            tools=dict(stored.tools),
            warnings=(*clock_warnings, *stored.retried, *stored.standing),
            made_by=self.made_by,
            labels=dict(self.labels),
            pace=Pace(stored.source_bytes, (finished - started).total_seconds(), self.where),
        )
        committed = Taken(manifest, stored.proof, stored.standing, manifest.finished - started)
        return committed if self._committed(manifest) else Repetition.DONE

    def _let_go(self, backup: BackupId) -> None:
        """Remove at the source what was made for the backup; the next order tries again what fails here."""
        try:
            self._deliveries.collected(backup)
        except OperationFailedError as left:
            self.progress.note(f"what the source made for {backup} is left there: {left}")

    def _clock_warnings(self, backup: BackupId, started: datetime) -> list[str]:
        """Warn if the clock went back, by the start of the run: a stamp may be of an earlier time."""
        backups = backups_in_order(self.catalog, self.source_name)
        if not backups or not clock_went_back(started, backups[-1].taken):
            return []
        warning = (
            f"the clock went backwards: {backups[-1].backup} was taken earlier, yet its time, "
            f"{backups[-1].taken.isoformat(timespec='seconds')}, is later than {backup}'s, "
            f"{started.isoformat(timespec='seconds')}"
        )
        self.progress.note(warning)
        return [warning]

    def _committed(self, manifest: Manifest) -> bool:
        """Put the manifest; False if another run made the backup, since this one seemed dead."""
        try:
            self.catalog.put_new(keys.manifest(manifest.backup), manifest.to_bytes())
        except KeyTakenError:
            self.progress.note(
                f"another run has completed {manifest.backup}; the next prune removes what this run stored"
            )
            return False
        overdue = self.clock() - manifest.backup.moment > self.longest
        if overdue and is_condemned(self.catalog, manifest.backup):
            raise self._taken_back(manifest.backup)
        return True

    def _taken_back(self, backup: BackupId) -> OperationFailedError:
        """Remove a manifest whose bytes are gone, if this role may, and return what to report."""
        cure = "raise longest_run_hours in the settings, and take a new backup"
        try:
            self.catalog.delete(keys.manifest(backup))
        except CatalogError as kept:
            self.progress.note(f"the manifest of {backup} stays: {kept}")
            cure += f"; remove {keys.manifest(backup)} by hand, for no archive of it is left"
        return OperationFailedError(
            f"{backup} took so long that a prune treated its run as failed and removed its bytes", cure
        )

    def _fail(
        self,
        began: datetime,
        claim: Claim | None,
        error: UnderstoodError,
        of: Exception | None = None,
    ) -> None:
        backup = claim.backup if claim else None
        record_failed_run(self.events, RunKind.BACKUP, error, began, backup)
        self.events.record_failure(Kind.BACKUP_FAILED, error, backup, of)
        if claim is None:
            return
        try:
            claim.give_back(error)
        except CatalogError as kept:
            self.progress.note(f"{claim.backup} stays claimed until its claim expires: {kept}")

    @cached_property
    def _deliveries(self) -> Deliveries:
        return Deliveries(self.source_name, self.source, self.catalog, self.longest)

    @cached_property
    def _archives(self) -> StoreArchive:
        in_time = self._hand_over.in_time
        return StoreArchive(self._deliveries, self.vault, self.catalog, self.new_id, self.progress, in_time)

    @cached_property
    def _hand_over(self) -> HandOver:
        return HandOver(self.source_name, self.catalog, self.events, self.clock, self.longest, self.window)

    @cached_property
    def _claims(self) -> Claims:
        return Claims(
            self.source_name, self.catalog, self.clock, self.new_id, self.longest, self._hand_over.life
        )
