"""Taking one backup: archive and proof of the same snapshot, then the commit by manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from scims_backup.domain import keys
from scims_backup.domain.backup import LONGEST_RUN, BackupId
from scims_backup.domain.engine_names import MadeBy
from scims_backup.domain.errors import (
    CatalogError,
    KeyTakenError,
    OperationFailedError,
    SourceChangedError,
    UnderstoodError,
)
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Archive, Manifest, clock_went_back
from scims_backup.ports import Catalog, DelayedSource, Progress, Proof, Source, Vault
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.claims import Claim, Claims, Repeated, Repetition
from scims_backup.usecases.backups.deliveries import Deliveries
from scims_backup.usecases.backups.run_records import StoredRecord, is_condemned
from scims_backup.usecases.backups.told_warnings import told_before
from scims_backup.usecases.stored.proofs import keep_proof
from scims_backup.usecases.stored.surveying import backups_in_order

_UNFORESEEN = "look into the log of the run; report it with the traceback"

CHANGED_TRIES = 2
"""A source that changed during the dump is tried once more; then it fails by name."""


@dataclass(frozen=True)
class _Kept:
    """What one run stored. standing: what is wrong with the source until somebody acts."""

    archive: Archive
    proof: Proof
    tools: dict[str, str]
    standing: tuple[str, ...]


@dataclass(frozen=True)
class TakeBackup:
    """One source with its vault and catalog, ready to be backed up.

    longest: how long a run may take; after that another may take over what it was scheduled for.
    made_by: the source's engine, and the format of its archives.
    labels: what this run says of its backup.
    """

    source_name: str
    source: Source[Any] | DelayedSource[Any]
    vault: Vault
    catalog: Catalog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress
    longest: timedelta = LONGEST_RUN
    made_by: MadeBy = field(default_factory=MadeBy)
    labels: Mapping[str, str] = field(default_factory=dict)

    def run(self, level: Level, scheduled: datetime | None = None) -> Manifest | Repeated:
        """Take a backup and return its manifest. Raise the domain's error of whatever failed.

        Either way an event tells of it, if the catalog takes one; without a manifest there is no backup,
        and with one there is. scheduled: the time for which this run was scheduled, which becomes the
        backup's stamp: a run that is repeated for the same time finds the backup, or the run that takes it,
        and does nothing.
        """
        claim = None
        try:
            claimed = self._claimed(scheduled)
            if isinstance(claimed, Repeated):
                return claimed
            claim = claimed
            if not self._deliveries.has_arrived(claim.backup):
                claim.lease.release()
                return Repeated(claim.backup, Repetition.ORDERED)
            manifest, standing = self._taken(claim.backup, level)
            if not self._committed(manifest):
                return Repeated(claim.backup, Repetition.DONE)
        except UnderstoodError as error:
            self._fail(claim, error)
            raise
        except Exception as error:
            self._fail(claim, OperationFailedError(f"unforeseen {type(error).__name__}", _UNFORESEEN), error)
            raise
        self._tell_success(manifest, standing)
        return manifest

    def _claimed(self, scheduled: datetime | None) -> Claim | Repeated:
        if scheduled is not None:
            return self._claims.of_schedule(scheduled)
        awaited = self._deliveries.awaited(self.clock())
        return self._claims.of_now() if awaited is None else self._claims.of_order(awaited)

    def _taken(self, backup: BackupId, level: Level) -> tuple[Manifest, Sequence[str]]:
        """Return the manifest, and those of its warnings that stay so until somebody acts."""
        started = self.clock()
        self.vault.prepare()
        return self._described(backup, started, level, self._warnings(backup, started))

    def _warnings(self, backup: BackupId, started: datetime) -> list[str]:
        """Say that a clock went back: not for a stamp, which may be of an earlier time, but for the start."""
        backups = backups_in_order(self.catalog, self.source_name)
        if not backups or not clock_went_back(started, backups[-1].taken):
            return []
        warning = (
            f"the clock went back: {backups[-1].backup} was taken earlier, yet its time, "
            f"{backups[-1].taken.isoformat(timespec='seconds')}, is later than {backup}'s, "
            f"{started.isoformat(timespec='seconds')}"
        )
        self.progress.note(warning)
        return [warning]

    def _described(
        self, backup: BackupId, started: datetime, level: Level, warnings: list[str]
    ) -> tuple[Manifest, Sequence[str]]:
        kept = self._stored(backup, level, warnings)
        standing = kept.standing
        for warning in standing:
            self.progress.note(warning)
        manifest = Manifest(
            backup=backup,
            started=started,
            finished=self.clock(),
            archive=kept.archive,
            proof=keep_proof(self.catalog, backup, kept.proof),
            server=dict(kept.proof.identity()),
            tools=dict(kept.tools),
            warnings=(*warnings, *standing),
            made_by=self.made_by,
            labels=dict(self.labels),
        )
        return manifest, standing

    def _committed(self, manifest: Manifest) -> bool:
        """Let the backup exist; False if this run was taken for dead, and another made it meanwhile."""
        try:
            self.catalog.put_new(keys.manifest(manifest.backup), manifest.to_bytes())
        except KeyTakenError:
            self.progress.note(
                f"another run has made {manifest.backup}; the next prune removes what this one stored"
            )
            return False
        overdue = self.clock() - manifest.backup.moment > self.longest
        if overdue and is_condemned(self.catalog, manifest.backup):
            raise self._taken_back(manifest.backup)
        return True

    def _taken_back(self, backup: BackupId) -> OperationFailedError:
        """Take a manifest back whose bytes are gone, where this role may; else somebody must."""
        cure = "raise longest_run_hours in the settings, and take a new backup"
        try:
            self.catalog.delete(keys.manifest(backup))
        except CatalogError as kept:
            self.progress.note(f"the manifest of {backup} stays: {kept}")
            cure += f"; remove {keys.manifest(backup)} by hand, for no archive of it is left"
        return OperationFailedError(
            f"{backup} took so long that a prune took its run for dead, and removed its bytes", cure
        )

    def _stored(self, backup: BackupId, level: Level, warnings: list[str]) -> _Kept:
        for _ in range(CHANGED_TRIES - 1):
            try:
                return self._stored_once(backup, level)
            except SourceChangedError as error:
                warnings.append(f"tried again: {error.message}")
                self.progress.note(f"{error.message}; trying again")
        return self._stored_once(backup, level)

    def _stored_once(self, backup: BackupId, level: Level) -> _Kept:
        """Stream the archive into the vault; it is ended only when dump and proof have both succeeded."""
        digest, length = hashlib.sha256(), 0
        with self._deliveries.snapshot(backup) as snapshot, self.vault.store(backup) as writer:
            self.progress.phase("dump", snapshot.estimate.bytes, snapshot.estimate.rows)
            proving = snapshot.prove(level, self.progress)
            for chunk in snapshot.archive():
                proving.check()
                digest.update(chunk)
                writer.write(chunk)
                length += len(chunk)
                self.progress.bytes(len(chunk))
            proof = proving.result()
            stored = writer.commit()
            self._note(backup, StoredRecord(self.vault.kind, stored.ref))
            tools = {**snapshot.tools(), **self.vault.tools()}
            standing = tuple(snapshot.warnings())
        archive = Archive(length, stored.stored_bytes, digest.hexdigest(), self.vault.kind, stored.ref)
        return _Kept(archive, proof, tools, standing)

    def _note(self, backup: BackupId, record: StoredRecord) -> None:
        """Let the catalog know what was stored, so that it is known as a leftover if this run dies now."""
        self.catalog.put_new(keys.stored_by_run(backup, self.new_id()), record.to_bytes())

    def _tell_success(self, manifest: Manifest, standing: Sequence[str]) -> None:
        told = told_before(self.catalog, manifest.backup, standing, self.progress)
        news = [warning for warning in manifest.warnings if warning not in told]
        facts = {
            "bytes": manifest.archive.bytes,
            "stored_bytes": manifest.archive.stored_bytes,
            "seconds": (manifest.finished - manifest.started).total_seconds(),
            "level": manifest.proof.level,
            "warnings": news,
            "warnings_told_before": told,
            **({"labels": manifest.labels} if manifest.labels else {}),
        }
        severity = Severity.WARNING if news else Severity.INFO
        self._teller.tell(Kind.BACKUP_COMPLETED, severity, facts, manifest.backup)

    def _fail(self, claim: Claim | None, error: UnderstoodError, of: Exception | None = None) -> None:
        self._teller.tell_failure(Kind.BACKUP_FAILED, error, claim.backup if claim else None, of)
        if claim is None:
            return
        try:
            claim.give_back(error)
        except CatalogError as kept:
            self.progress.note(f"{claim.backup} stays claimed until its time is over: {kept}")

    @cached_property
    def _teller(self) -> EventLog:
        return EventLog(self.source_name, self.catalog, self.clock, self.new_id, self.progress)

    @cached_property
    def _deliveries(self) -> Deliveries:
        return Deliveries(self.source_name, self.source, self.catalog, self.longest)

    @cached_property
    def _claims(self) -> Claims:
        return Claims(self.source_name, self.catalog, self.clock, self.new_id, self.longest)
