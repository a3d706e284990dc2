"""Storing one archive: it streams into the vault while the same snapshot is proven."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import SourceChangedError
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Archive
from scims_backup.ports import Catalog, Progress, Proof, Snapshot, Vault
from scims_backup.usecases.backups.deliveries import Deliveries
from scims_backup.usecases.backups.run_records import StoredRecord

CHANGED_TRIES = 2
"""A source that changed during the dump is tried once more; then the backup fails."""


@dataclass(frozen=True)
class StoredBackup:
    """What one run stored.

    tools: the programs used, with their versions.
    standing: what is wrong with the source until somebody acts.
    retried: why the source was read again.
    source_bytes: the size of the source, as far as it is known.
    taken: when the source was as the archive holds it; None for the start of the run.
    """

    archive: Archive
    proof: Proof
    tools: Mapping[str, str]
    standing: tuple[str, ...]
    source_bytes: int
    retried: tuple[str, ...] = ()
    taken: datetime | None = None


@dataclass(frozen=True)
class StoreArchive:
    """Stores archives of one source.

    in_time: lets a dump run as long as it may, and gives what refuses a source of too many bytes.
    """

    deliveries: Deliveries
    vault: Vault
    catalog: Catalog
    new_id: Callable[[], str]
    progress: Progress
    in_time: Callable[[], AbstractContextManager[Callable[[int], None]]]

    def run(self, backup: BackupId, level: Level) -> StoredBackup:
        """Store the archive of a backup, and prove what it holds.

        Raise SourceChangedError if the source changes during each try, TooLongHereError if there is not
        enough time, else SourceError, VaultError or CatalogError of whatever failed.
        """
        retried: list[str] = []
        while True:
            try:
                return replace(self._stored(backup, level), retried=tuple(retried))
            except SourceChangedError as error:
                if len(retried) == CHANGED_TRIES - 1:
                    raise
                retried.append(f"tried again: {error.message}")
                self.progress.note(f"{error.message}; trying again")

    def _stored(self, backup: BackupId, level: Level) -> StoredBackup:
        """Hold the source still, and store its archive if there is time for it."""
        with self.in_time() as refuse_too_long, self.deliveries.snapshot(backup) as snapshot:
            refuse_too_long(snapshot.estimate.bytes)
            return self._streamed(backup, level, snapshot)

    def _streamed(self, backup: BackupId, level: Level, snapshot: Snapshot[Any]) -> StoredBackup:
        """Stream the archive into the vault; it is ended only when dump and proof have both succeeded."""
        digest, length = hashlib.sha256(), 0
        with self.vault.store(backup) as writer:
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
        return StoredBackup(archive, proof, tools, standing, snapshot.estimate.bytes, taken=snapshot.taken)

    def _note(self, backup: BackupId, record: StoredRecord) -> None:
        """Note in the catalog what was stored, so that it is a known leftover if this run dies now."""
        self.catalog.put_new(keys.stored_by_run(backup, self.new_id()), record.to_bytes())
