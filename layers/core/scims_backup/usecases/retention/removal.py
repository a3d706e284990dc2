"""Removing one backup, in the reverse order of its commit; if it is interrupted, the next try continues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import (
    AlreadyRunningError,
    DeleteRefusedError,
    DocumentError,
    KeyMissingError,
    RemovalRefusedError,
    VaultAccessError,
    VaultLockedError,
)
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.much_at_once import Going
from scims_backup.domain.tombstone import Tombstone
from scims_backup.ports import Catalog, Vault
from scims_backup.ports.leases import Lease
from scims_backup.usecases.backups.run_records import StoredRecord
from scims_backup.usecases.stored.holds import holds_on, still_holding
from scims_backup.usecases.stored.witnesses import Witnesses

_REFUSALS = (DeleteRefusedError, VaultAccessError, VaultLockedError)
"""What surely left the bytes where they were; after any other failure nobody knows."""


@dataclass(frozen=True)
class Removal:
    """Removes backups of one source: tombstone, a second check of the holds, manifest, bytes, the rest.

    witnesses: what manifests and tombstones, which are claims, are compared with.
    """

    catalog: Catalog
    vault: Vault
    clock: Callable[[], datetime]
    lease: Lease
    witnesses: Witnesses

    def remove(self, planned: Going) -> None:
        """Remove a backup that is there, with the archive that was planned.

        Raise RemovalRefusedError if it stays as it was, DocumentError if its manifest cannot be read,
        VaultError if it is not known what became of the bytes: then `finish` continues.
        """
        backup = planned.backup
        data = self.catalog.get(keys.manifest(backup))
        manifest = self._manifest(data, backup)
        if manifest.archive.ref != planned.ref:
            raise RemovalRefusedError(
                f"{keys.manifest(backup)} names a different archive than when this prune was planned",
                "find out who put it there, then plan again: scims-backup prune --dry-run",
            )
        self._check_place(manifest)
        self.catalog.put_new(keys.tombstone(backup), Tombstone(data).to_bytes())
        try:
            self._refuse_held(backup)
        except RemovalRefusedError:
            self.catalog.delete(keys.tombstone(backup))
            raise
        if not self.lease.is_held():
            raise AlreadyRunningError(
                f"this prune took so long that another one may have started; {backup} was not removed",
                "try again",
            )
        self.catalog.delete(keys.manifest(backup))
        self._finish(backup, data)

    def finish(self, backup: BackupId) -> bool:
        """Go on with a removal that was interrupted; say whether the backup is gone.

        One whose manifest is still there is a backup as before. Raises what `remove` raises.
        """
        data = self.catalog.get(keys.tombstone(backup))
        if self._is_there(backup):
            self.catalog.delete(keys.tombstone(backup))
            return False
        entombed = Tombstone.from_bytes(data, keys.tombstone(backup)).manifest
        manifest = self._manifest(entombed, backup)
        if manifest.archive.ref in self.witnesses.stored or manifest.archive.vault != self.vault.kind:
            self._check_place(manifest)
        # a removal looks for holds before its manifest goes, so this one was not held then
        self._refuse_held(backup)
        self._finish(backup, entombed)
        return True

    def _finish(self, backup: BackupId, manifest: bytes) -> None:
        ref = self._manifest(manifest, backup).archive.ref
        self._delete_bytes(backup, ref, manifest)
        for prefix in (keys.proofs_of(backup), keys.run_of(backup), keys.holds_of(backup)):
            for key in list(self.catalog.keys(prefix)):
                if not (self._is_of_another_archive(key, ref) or self.witnesses.others_naming(key, backup)):
                    self.catalog.delete(key)
        self.catalog.delete(keys.tombstone(backup))

    def _is_of_another_archive(self, key: str, ref: str) -> bool:
        """Say whether a key is the record of an archive that is left over, and that must not be forgotten."""
        return keys.is_stored_record(key) and StoredRecord.from_bytes(self.catalog.get(key), key).ref != ref

    def _is_there(self, backup: BackupId) -> bool:
        try:
            self.catalog.get(keys.manifest(backup))
        except KeyMissingError:
            return False
        return True

    def _refuse_held(self, backup: BackupId) -> None:
        holding = still_holding(holds_on(self.catalog, backup), self.clock())
        if holding:
            raise RemovalRefusedError(f"{backup} is held by {', '.join(map(str, holding))}")

    def _check_place(self, manifest: Manifest) -> None:
        """Refuse an archive that the vault says is another backup's, or that another document names.

        In another vault its bytes would stay, and no document would name them.
        """
        archive, backup = manifest.archive, manifest.backup
        if archive.vault != self.vault.kind or self.witnesses.owner(archive.ref) != backup:
            raise RemovalRefusedError(
                f"archive {archive.vault_ref} of {backup} is not in this vault, or belongs to another "
                "backup there",
                "prune with the vault it was stored in; if that vault is lost, remove the manifest by hand",
            )
        others = self.witnesses.others_naming(archive.ref, backup)
        if others:
            raise RemovalRefusedError(
                f"archive {archive.vault_ref} of {backup} is named by {others} too",
                "find out who put those documents there, and remove the wrong ones by hand",
            )

    def _manifest(self, data: bytes, backup: BackupId) -> Manifest:
        """Read the manifest of a backup.

        Raise DocumentError if it is another's, or of an engine that this version does not have: its bytes
        must stay.
        """
        manifest = Manifest.from_bytes(data, keys.manifest(backup))
        if manifest.backup != backup:
            raise DocumentError(
                f"{keys.manifest(backup)} is damaged: it is the manifest of {manifest.backup}"
            )
        manifest.refuse_unknown_engine(self.witnesses.formats)
        return manifest

    def _delete_bytes(self, backup: BackupId, ref: str, manifest: bytes) -> None:
        try:
            self.vault.delete(ref)
        except _REFUSALS as error:
            if all(archive.ref != ref for archive in self.vault.archives()):
                raise
            self.catalog.put_new(keys.manifest(backup), manifest)
            self.catalog.delete(keys.tombstone(backup))
            raise RemovalRefusedError(str(error)) from error
