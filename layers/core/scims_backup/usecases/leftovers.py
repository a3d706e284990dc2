"""What runs that died left behind: archives and proofs without a manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import KeyMissingError
from scims_backup.domain.manifest import Manifest
from scims_backup.leases import Lease
from scims_backup.ports import Catalog, StoredArchive, Vault

SPARED = timedelta(hours=24)
"""What is younger than the longest run and this is nobody's leftover yet."""


@dataclass(frozen=True)
class Leftovers:
    """Finds and removes what dead runs of one source left.

    Only what a run of this catalog began is ever taken for a leftover: an archive of which the catalog knows
    nothing may be all that is left of a backup whose catalog was lost. longest: how long a run may take.
    """

    source: str
    catalog: Catalog
    vault: Vault
    clock: Callable[[], datetime]
    longest: timedelta

    def remove(self, archives: Sequence[StoredArchive]) -> list[str]:
        """Remove them and return the refs of the archives among them. archives: all that the vault holds.

        Raise VaultError or CatalogError if that fails; the next try goes on.
        """
        before = self.clock() - self.longest - SPARED
        old = [archive for archive in archives if archive.stored_at < before]
        removed = []
        for backup in self._dead_runs(before):
            removed += self._delete(_of(backup, old))
            self._forget(backup)
        for backup, stored in _several(old, archives).items():
            removed += self._delete(self._unused(backup, stored))
        self.vault.discard_unfinished(before)
        return removed

    def _dead_runs(self, before: datetime) -> Iterator[BackupId]:
        """Yield each backup that a run began long ago and that nobody is taking, has taken or is removing."""
        made = {keys.backup_of(key) for key in self._keys(keys.manifests, keys.is_manifest)}
        made |= {keys.backup_of(key) for key in self._keys(keys.tombstones, keys.is_tombstone)}
        begun = {keys.backup_of_run(key) for key in self._keys(keys.runs, keys.is_of_run)}
        for backup in sorted(begun - made):
            if backup.moment < before and not self._is_claimed(backup) and not self._has_manifest(backup):
                yield backup

    def _keys(self, prefix: Callable[[str], str], fits: Callable[[str], bool]) -> Iterable[str]:
        return filter(fits, self.catalog.keys(prefix(self.source)))

    def _is_claimed(self, backup: BackupId) -> bool:
        lease = Lease(self.catalog, keys.claim(backup), "", self.clock, self.longest)
        return lease.holder() is not None

    def _has_manifest(self, backup: BackupId) -> bool:
        return any(True for _ in self.catalog.keys(keys.manifest(backup)))

    def _manifest(self, backup: BackupId) -> Manifest | None:
        key = keys.manifest(backup)
        try:
            return Manifest.from_bytes(self.catalog.get(key), key)
        except KeyMissingError:
            return None

    def _unused(self, backup: BackupId, stored: Iterable[StoredArchive]) -> list[StoredArchive]:
        """The archives of a backup that its manifest does not name: of a run that died, or was late."""
        manifest = self._manifest(backup)
        return [] if manifest is None else [one for one in stored if one.ref != manifest.archive.ref]

    def _delete(self, archives: Iterable[StoredArchive]) -> list[str]:
        removed = []
        for archive in archives:
            self.vault.delete(archive.ref)
            removed.append(archive.ref)
        return removed

    def _forget(self, backup: BackupId) -> None:
        for prefix in (keys.proofs_of(backup), keys.run_of(backup)):
            for key in list(self.catalog.keys(prefix)):
                self.catalog.delete(key)


def _of(backup: BackupId, archives: Iterable[StoredArchive]) -> list[StoredArchive]:
    return [archive for archive in archives if archive.backup == backup]


def _several(
    old: Iterable[StoredArchive], archives: Sequence[StoredArchive]
) -> dict[BackupId, list[StoredArchive]]:
    """The old archives of each backup that has more than one."""
    found: dict[BackupId, list[StoredArchive]] = {}
    for archive in archives:
        found.setdefault(archive.backup, []).append(archive)
    spared = set(old)
    return {
        backup: [one for one in stored if one in spared]
        for backup, stored in found.items()
        if len(stored) > 1
    }
