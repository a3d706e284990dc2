"""What runs that died left behind: archives and proofs without a manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CatalogError, KeyMissingError, VaultError
from scims_backup.domain.manifest import Manifest
from scims_backup.leases import Lease
from scims_backup.ports import Catalog, Vault
from scims_backup.usecases.run_records import StoredRecord, condemn

SPARED = timedelta(hours=24)
"""What is younger than the longest run and this is nobody's leftover yet."""


@dataclass(frozen=True)
class Leftovers:
    """Finds and removes what dead runs of one source left.

    Only an archive that a run of this catalog noted as stored is ever taken for a leftover: one of which the
    catalog knows nothing may be another catalog's, or all that is left of a backup whose catalog was lost.
    longest: how long a run may take.
    """

    source: str
    catalog: Catalog
    vault: Vault
    clock: Callable[[], datetime]
    longest: timedelta

    def remove(self) -> Iterator[str | VaultError | CatalogError]:
        """Remove them, and yield the ref of each archive, or what kept one; the next try goes on."""
        before = self.clock() - self.longest - SPARED
        runs = self._runs()
        made = self._backups(keys.manifests, keys.is_manifest)
        going = self._backups(keys.tombstones, keys.is_tombstone)
        for backup in sorted(backup for backup in runs if backup.moment < before and backup not in going):
            several = sum(map(keys.is_stored_record, runs[backup])) > 1
            if backup not in made or several:
                yield from self._attempted(backup, runs[backup])
        try:
            self.vault.discard_unfinished(before)
        except VaultError as error:
            yield error

    def _attempted(self, backup: BackupId, known: list[str]) -> Iterator[str | VaultError | CatalogError]:
        try:
            yield from self._removed(backup, known)
        except (VaultError, CatalogError) as error:
            yield error

    def _removed(self, backup: BackupId, known: list[str]) -> Iterator[str]:
        """Remove what a backup's manifest does not name; without one, all that its runs noted."""
        manifest = self._manifest(backup)
        if manifest is None:
            condemn(self.catalog, backup)
            manifest = self._manifest(backup)
            if manifest is None and self._is_claimed(backup):
                return
        used = manifest.archive.ref if manifest else ""
        for key in filter(keys.is_stored_record, known):
            record = StoredRecord.from_bytes(self.catalog.get(key), key)
            if record.ref == used or record.vault != self.vault.kind:
                continue
            self.vault.delete(record.ref)
            self.catalog.delete(key)
            yield record.ref
        if manifest is None:
            self._forget(backup, known)

    def _runs(self) -> dict[BackupId, list[str]]:
        found: dict[BackupId, list[str]] = {}
        for key in filter(keys.is_of_run, self.catalog.keys(keys.runs(self.source))):
            found.setdefault(keys.backup_of_run(key), []).append(key)
        return found

    def _backups(self, prefix: Callable[[str], str], fits: Callable[[str], bool]) -> set[BackupId]:
        return {keys.backup_of(key) for key in self.catalog.keys(prefix(self.source)) if fits(key)}

    def _is_claimed(self, backup: BackupId) -> bool:
        lease = Lease(self.catalog, keys.claim(backup), "", self.clock, self.longest)
        return lease.holder() is not None

    def _manifest(self, backup: BackupId) -> Manifest | None:
        key = keys.manifest(backup)
        try:
            return Manifest.from_bytes(self.catalog.get(key), key)
        except KeyMissingError:
            return None

    def _forget(self, backup: BackupId, known: list[str]) -> None:
        """Remove the proof and what was known of the runs; records of another vault stay."""
        for key in [*self.catalog.keys(keys.proofs_of(backup)), *known, keys.condemned_run(backup)]:
            if not keys.is_stored_record(key):
                self.catalog.delete(key)
