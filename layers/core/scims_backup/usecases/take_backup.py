"""Taking one backup: archive and proof of the same snapshot, then the commit by manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CatalogError, ScimsBackupError, SourceChangedError
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.domain.manifest import Archive, Manifest, clock_went_back
from scims_backup.domain.proof import Level, Proof
from scims_backup.ports import Catalog, Progress, Source, Vault
from scims_backup.usecases.proofs import keep_proof
from scims_backup.usecases.reserving import reserve_stamp

CHANGED_TRIES = 2
"""A source that changed during the dump is tried once more; then it fails by name."""


@dataclass(frozen=True)
class TakeBackup:
    """One source with its vault and catalog, ready to be backed up."""

    source_name: str
    source: Source
    vault: Vault
    catalog: Catalog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress

    def run(self, level: Level) -> Manifest:
        """Take a backup and return its manifest. Raise the domain's error of whatever failed.

        Either way an event tells of it, if the catalog takes one; without a manifest there is no backup,
        and with one there is.
        """
        backup = None
        try:
            self.vault.prepare()
            warnings = self._warnings()
            backup, started = self._reserve()
            manifest = self._committed(backup, started, level, warnings)
        except ScimsBackupError as error:
            self._tell_failure(backup, error)
            raise
        self._tell_success(manifest)
        return manifest

    def _warnings(self) -> list[str]:
        found = self.catalog.keys(keys.manifests(self.source_name))
        stamps = [keys.backup_of_manifest(key) for key in found if keys.is_manifest(key)]
        newest = max(stamps, default=None)
        if newest is None or not clock_went_back(self.clock(), newest):
            return []
        warning = f"the clock went back: {newest} was taken earlier, yet its stamp is later than now"
        self.progress.note(warning)
        return [warning]

    def _reserve(self) -> tuple[BackupId, datetime]:
        """Claim a stamp of this run's own."""
        started = self.clock()
        stamp = reserve_stamp(
            self.catalog, lambda stamp: keys.claim(BackupId(self.source_name, stamp)), started, self.new_id()
        )
        return BackupId(self.source_name, stamp), started

    def _committed(self, backup: BackupId, started: datetime, level: Level, warnings: list[str]) -> Manifest:
        archive, proof, tools = self._stored(backup, level, warnings)
        manifest = Manifest(
            backup=backup,
            started=started,
            finished=self.clock(),
            archive=archive,
            proof=keep_proof(self.catalog, backup, proof),
            server={"version": proof.server.version, "database": proof.server.database},
            tools=tools,
            warnings=tuple(warnings),
        )
        self.catalog.put_new(keys.manifest(backup), manifest.to_bytes())
        return manifest

    def _stored(
        self, backup: BackupId, level: Level, warnings: list[str]
    ) -> tuple[Archive, Proof, dict[str, str]]:
        for _ in range(CHANGED_TRIES - 1):
            try:
                return self._stored_once(backup, level)
            except SourceChangedError as error:
                warnings.append(f"tried again: {error.message}")
                self.progress.note(f"{error.message}; trying again")
        return self._stored_once(backup, level)

    def _stored_once(self, backup: BackupId, level: Level) -> tuple[Archive, Proof, dict[str, str]]:
        """Stream the archive into the vault; it is ended only when dump and proof have both succeeded."""
        digest, length = hashlib.sha256(), 0
        with self.source.snapshot() as snapshot, self.vault.store(backup) as writer:
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
            tools = {**snapshot.tools(), **self.vault.tools()}
        archive = Archive(length, stored.stored_bytes, digest.hexdigest(), self.vault.kind, stored.ref)
        return archive, proof, tools

    def _tell_success(self, manifest: Manifest) -> None:
        facts = {
            "bytes": manifest.archive.bytes,
            "stored_bytes": manifest.archive.stored_bytes,
            "seconds": (manifest.finished - manifest.started).total_seconds(),
            "level": manifest.proof.level,
            "warnings": list(manifest.warnings),
        }
        severity = Severity.WARNING if manifest.warnings else Severity.INFO
        self._tell(Kind.BACKUP_COMPLETED, severity, manifest.backup, facts)

    def _tell_failure(self, backup: BackupId | None, error: ScimsBackupError) -> None:
        facts = {"error": type(error).__name__, "message": error.message, "cure": error.cure}
        self._tell(Kind.BACKUP_FAILED, Severity.ERROR, backup, facts)

    def _tell(
        self, kind: Kind, severity: Severity, backup: BackupId | None, facts: Mapping[str, object]
    ) -> None:
        about = str(backup) if backup else None
        event = Event(self.new_id(), kind, severity, self.clock(), self.source_name, about, facts)
        try:
            self.catalog.put_new(keys.event(event.time, kind, event.id), event.to_bytes())
        except CatalogError as unheard:
            # what happened has happened: a manifest that is there makes a backup, told or not
            self.progress.note(f"{kind} could not be recorded in the catalog: {unheard}")
