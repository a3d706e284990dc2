"""Protecting what retention keeps: its objects are locked, so that nobody can remove them earlier."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CatalogError, VaultError
from scims_backup.domain.holds import OPERATOR
from scims_backup.domain.kept_until import kept_until
from scims_backup.domain.retention import Kept, Policy
from scims_backup.ports import Catalog, Locks, Vault
from scims_backup.usecases.stored.manifests import holds_by_backup


@dataclass(frozen=True)
class ProtectBackups:
    """Extends the locks of one source's backups.

    archives, records: the locks of the vault's archives and of the catalog's objects, None if there are none.
    """

    source: str
    vault: Vault
    catalog: Catalog
    policy: Policy
    clock: Callable[[], datetime]
    archives: Locks | None = None
    records: Locks | None = None

    def run(self, keep: Sequence[Kept]) -> list[str]:
        """Lock what a plan keeps for as long as it will at least; return what could not be done, in words."""
        try:
            until = self._until(keep)
            return [*self._lock_archives(until), *self._lock_records(until)]
        except (VaultError, CatalogError) as error:
            return [f"locks were not extended: {error}"]

    def _until(self, keep: Sequence[Kept]) -> dict[BackupId, datetime]:
        """Say until when each backup is kept; a person's hold counts, a drill's is given back any moment."""
        until = kept_until(keep, self.policy, self.clock())
        kept = {one.backup for one in keep}
        for backup, holds in holds_by_backup(self.catalog, self.source).items():
            for hold in holds:
                if backup in kept and hold.holder == OPERATOR:
                    until[backup] = max(hold.until, until.get(backup, hold.until))
        return until

    def _lock_archives(self, until: dict[BackupId, datetime]) -> list[str]:
        """Ask the vault whose archives are whose: a manifest may have been forged."""
        if self.archives is None or not until:
            return []
        stored = self.vault.archives()
        return self.archives.extend({one.ref: until[one.backup] for one in stored if one.backup in until})

    def _lock_records(self, until: dict[BackupId, datetime]) -> list[str]:
        if self.records is None:
            return []
        return self.records.extend(
            {key: end for backup, end in until.items() for key in self._records_of(backup)}
        )

    def _records_of(self, backup: BackupId) -> Iterator[str]:
        yield keys.manifest(backup)
        yield from self.catalog.keys(keys.proofs_of(backup))
