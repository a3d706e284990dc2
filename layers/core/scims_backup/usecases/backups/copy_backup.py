"""Copying a backup into a second vault and catalog, where this program can add and remove nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats
from scims_backup.domain.errors import (
    AlreadyRunningError,
    CopyTooSlowError,
    KeyMissingError,
    KeyTakenError,
    OperationFailedError,
    UnderstoodError,
)
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.holds import Hold
from scims_backup.domain.manifest import Archive, Manifest
from scims_backup.domain.second_copy import (
    LONGEST_COPY,
    CopyRecord,
    copied,
    refuse_another,
    refuse_foreign_proof,
)
from scims_backup.ports import Catalog, Progress, Vault
from scims_backup.ports.leases import Lease
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.run_records import StoredRecord, is_condemned
from scims_backup.usecases.stored.archives import OpenArchive, opened
from scims_backup.usecases.stored.holds import held
from scims_backup.usecases.stored.manifests import read_manifest
from scims_backup.usecases.stored.proofs import stored_proof

_COPIER = "copy"
"""Whose claim it is: of all copies, so that one takes over what a killed one left, without removing it."""
_TRIES = 5
"""To have the claim, where other copies of the same backup take it at the same moment."""
_LAST_MINUTES = timedelta(minutes=10)
"""Nothing is stored there when the claim has less left: the other side's prune may take it for dead."""


@dataclass(frozen=True)
class Side:
    """A vault and its catalog.

    address: of the catalog, without secrets.
    """

    vault: Vault
    catalog: Catalog
    address: str


@dataclass(frozen=True)
class Copied:
    """A backup that is on the other side, as its manifest there describes it.

    already: an earlier run copied it.
    """

    manifest: Manifest
    already: bool = False


@dataclass(frozen=True)
class CopyBackup:
    """Copies backups of one source from here to there.

    events: of the catalog here.
    longest: how long a copy may take.
    ends: when it must be over; None for any time within that.
    formats: of the engines that this version has; backups of others are not copied.
    """

    source: str
    here: Side
    there: Side
    events: EventLog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress
    longest: timedelta = LONGEST_COPY
    ends: datetime | None = None
    formats: Formats = field(default_factory=lambda: OF_OLD_DOCUMENTS)

    def run(self, backup: BackupId) -> Copied:
        """Copy a backup, unless it is there. Raise the domain's error of whatever failed.

        The source's event log records either. Raise CopyTooSlowError, which it does not record, if the copy
        does not end in time.
        """
        began = self.clock()
        try:
            done = self.done(backup) or self._copied_first(backup)
            self._record(done.manifest)
        except CopyTooSlowError:
            raise
        except UnderstoodError as error:
            self.events.record_failure(Kind.COPY_FAILED, error, backup)
            raise
        except Exception as error:
            self.events.record_failure(Kind.COPY_FAILED, _unforeseen(error), backup, error)
            raise
        if not done.already:
            self._record_completed(done.manifest, self.clock() - began)
        return done

    def done(self, backup: BackupId) -> Copied | None:
        """Return what is there already. Raise DocumentError if that is another backup."""
        try:
            there = read_manifest(self.there.catalog, backup)
        except KeyMissingError:
            return None
        refuse_another(read_manifest(self.here.catalog, backup), there)
        return Copied(there, already=True)

    def _copied_first(self, backup: BackupId) -> Copied:
        """Copy, unless another copy ends first."""
        try:
            return self._copied(backup)
        except AlreadyRunningError:
            done = self.done(backup)
            if done is None:
                raise
            return done

    def _copied(self, backup: BackupId) -> Copied:
        hold = Hold(f"copy-{self.new_id()}", self.clock() + self.longest)
        with held(self.here.catalog, backup, hold, self.progress), self._claimed(backup) as claim:
            manifest = read_manifest(self.here.catalog, backup)
            manifest.refuse_unknown_engine(self.formats)  # its archive may not be all that there is to copy
            original = self.here.catalog.get(keys.manifest(backup))
            refuse_foreign_proof(manifest)
            proof = stored_proof(self.here.catalog, manifest)
            self.there.vault.prepare()
            archive = self._stored(manifest, claim)
            self.there.catalog.put_new(manifest.proof.key, proof)
            return self._committed(manifest, copied(original, archive), claim)

    @contextmanager
    def _claimed(self, backup: BackupId) -> Iterator[Lease]:
        """Have the copy for oneself, so that no prune there takes it for what a dead run left.

        The claim stays when the copy failed: nothing can be removed there. The next copy takes it over.
        """
        lease = Lease(
            self.there.catalog, keys.claim(backup), _COPIER, self.clock, self.longest + _LAST_MINUTES
        )
        if not any(lease.take() for _ in range(_TRIES)):
            raise AlreadyRunningError(
                f"{backup} is claimed in {self.there.address} by a run that is not a copy",
                "does that catalog hold another source's backups? Copy into a separate catalog",
            )
        self._refuse_condemned(backup)
        yield lease

    def _refuse_condemned(self, backup: BackupId) -> None:
        if is_condemned(self.there.catalog, backup):
            raise AlreadyRunningError(
                f"leftovers of an earlier copy of {backup} in {self.there.address} are being removed",
                "copy it again after the next prune there",
            )

    def _stored(self, manifest: Manifest, claim: Lease) -> Archive:
        """Stream the archive over; the other side keeps it only if its bytes are what was dumped."""
        self.progress.phase("copy", total_bytes=manifest.archive.bytes)
        vault = self.there.vault
        with opened(self.here.vault, manifest) as archive, vault.store(manifest.backup) as writer:
            for chunk in self._in_time(manifest.backup, archive):
                writer.write(chunk)
                self.progress.bytes(len(chunk))
            _refuse_late(manifest.backup, claim)  # an archive without a manifest stays until a prune there
            stored = writer.commit()
        record = StoredRecord(vault.kind, stored.ref)
        self.there.catalog.put_new(keys.stored_by_run(manifest.backup, self.new_id()), record.to_bytes())
        return replace(manifest.archive, vault=vault.kind, ref=stored.ref, stored_bytes=stored.stored_bytes)

    def _in_time(self, backup: BackupId, archive: OpenArchive) -> Iterator[bytes]:
        for chunk in archive.chunks():
            yield chunk
            if self.ends is not None and self.clock() > self.ends:
                raise CopyTooSlowError(
                    f"{backup} was not copied: copying takes longer than the time available here",
                    "copy it where there is more time: with scims-backup copy, or as a task",
                )

    def _committed(self, original: Manifest, document: bytes, claim: Lease) -> Copied:
        """Let the copy exist. Raise AlreadyRunningError if a prune may be at it.

        Another copy that has the claim by now keeps the prune away as well: the first to end stands.
        """
        backup, key = original.backup, keys.manifest(original.backup)
        _refuse_late(backup, claim)
        self._refuse_condemned(backup)
        made = Manifest.from_bytes(document, key)
        refuse_another(original, made)
        try:
            self.there.catalog.put_new(key, document)
        except KeyTakenError:
            self.progress.note(f"another run has copied {backup}; a prune there removes this run's copy")
            there = read_manifest(self.there.catalog, backup)
            refuse_another(made, there)
            return Copied(there, already=True)
        return Copied(made)

    def _record(self, there: Manifest) -> None:
        """Let the catalog here know that there is a copy; what is known of an earlier one stays."""
        record = CopyRecord.of(there, self.there.address)
        try:
            self.here.catalog.put_new(record.key, record.to_bytes())
        except KeyTakenError:
            self.progress.note(f"{record.key} records an earlier copy of {there.backup}")

    def _record_completed(self, there: Manifest, took: timedelta) -> None:
        facts = {
            "bytes": there.archive.bytes,
            "stored_bytes": there.archive.stored_bytes,
            "seconds": took.total_seconds(),
            "catalog": self.there.address,
        }
        self.events.record(Kind.COPY_COMPLETED, Severity.INFO, facts, there.backup)


def _refuse_late(backup: BackupId, claim: Lease) -> None:
    if not claim.lasts(for_at_least=_LAST_MINUTES):
        raise AlreadyRunningError(
            f"the copy of {backup} took so long that a prune there may treat it as left behind by a failed "
            "run",
            "use a faster connection, or raise longest_run_hours above 24 in the settings of both sides",
        )


def _unforeseen(error: Exception) -> OperationFailedError:
    return OperationFailedError(
        f"unexpected {type(error).__name__}", "check the log of the copy; report it with the traceback"
    )
