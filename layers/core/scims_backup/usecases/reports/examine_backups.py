"""What catalog and vault say of a source's backups, for `doctor`; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from scims_backup.domain import keys
from scims_backup.domain.agreement import Books, disagreements
from scims_backup.domain.backup import BackupId
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats
from scims_backup.domain.errors import VaultGoneError
from scims_backup.domain.health import NotCheckedError, Observed, fine
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.status import Judged, Topic, Watched, judged
from scims_backup.domain.status.observing import observed
from scims_backup.ports import Catalog, StoredArchive, Vault
from scims_backup.ports.leases import Lease
from scims_backup.usecases.reports.list_backups import ListBackups, ListedBackup
from scims_backup.usecases.reports.read_status import ReadStatus
from scims_backup.usecases.retention.leftovers import SPARED


@dataclass(frozen=True)
class ExamineBackups:
    """The checks of one source's backups.

    catalog, vault: make them, since that may fail too.
    longest: how long a run may take.
    formats: of the engines that this version has.
    """

    watched: Watched
    catalog: Callable[[], Catalog]
    vault: Callable[[], Vault]
    clock: Callable[[], datetime]
    longest: timedelta
    formats: Formats = field(default_factory=lambda: OF_OLD_DOCUMENTS)

    @property
    def source(self) -> str:
        """Whose backups these are."""
        return self.watched.source

    def look_at_catalog(self) -> Iterator[Observed]:
        """Read every manifest. Raise CatalogError if they cannot be listed."""
        yield fine(f"answers; backups of {self.source}: {len(self._listed)}")

    def look_at_vault(self) -> Iterator[Observed]:
        """Open the vault. Raise VaultError if it does not open."""
        try:
            yield fine(f"opens; archives of {self.source}: {len(self._archives)}")
        except VaultGoneError as error:
            if self._listed:
                raise
            reason = (
                "does not exist, and no backup is known that should be in it: the first backup creates it"
            )
            raise NotCheckedError(reason, error.cure) from None

    def look_at_agreement(self) -> Sequence[Observed]:
        """Hold the catalog's manifests against the vault's archives."""
        touched = {keys.backup_of(key) for key in self._tombstones()}
        pruned = Lease(self._catalog, keys.prune_lease(self.source), "", self.clock, self.longest).holder()
        stored = {one.ref for one in self._archives}
        found = disagreements(
            Books(
                lost=[one.backup for one in self._missing(stored) if one.backup not in touched],
                strays={one.ref: one.backup for one in self._unnamed() if one.backup not in touched},
                whole=len([one for one in self._manifests() if one.archive.ref in stored]),
                unreadable=[one.backup for one in self._unusable if not one.lacks_engine],
                lacking_engines=[one.backup for one in self._unusable if one.lacks_engine],
                removing=[] if pruned else touched,
            )
        )
        return found if self._unusable else [*found, *self.look_at(Topic.DOCUMENTS)]

    def look_at(self, topic: Topic) -> Iterator[Observed]:
        """Say of one topic what every other report says of it too; nothing if it does not apply."""
        return (observed(one) for one in self._judged if one.topic is topic)

    def is_new(self) -> bool:
        """Say whether neither backups nor archives are known. Raise VaultError if the vault does not open."""
        try:
            return not self._listed and not self._archives
        except VaultGoneError:
            return True

    def newest_archive_bytes(self) -> int | None:
        """The length of the newest archive; None before the first."""
        sizes = [one.archive.bytes for one in self._manifests()]
        return sizes[-1] if sizes else None

    @cached_property
    def _judged(self) -> tuple[Judged, ...]:
        return judged(ReadStatus(self._catalog, self.watched, self.formats).run(self.clock()))

    @cached_property
    def _listed(self) -> list[ListedBackup]:
        """Oldest first; something else may lie beside the manifests."""
        found = ListBackups(self._catalog, formats=self.formats).run(self.source)
        return [one for one in found if keys.is_manifest(keys.manifest(one.backup))]

    @cached_property
    def _archives(self) -> Sequence[StoredArchive]:
        return self._vault.archives()

    @cached_property
    def _vault(self) -> Vault:
        return self.vault()

    @cached_property
    def _catalog(self) -> Catalog:
        return self.catalog()

    @property
    def _unusable(self) -> list[ListedBackup]:
        return [one for one in self._listed if one.manifest is None]

    def _manifests(self) -> Iterator[Manifest]:
        return (one.manifest for one in self._listed if one.manifest is not None)

    def _tombstones(self) -> Iterator[str]:
        return filter(keys.is_tombstone, self._catalog.keys(keys.tombstones(self.source)))

    def _missing(self, stored: AbstractSet[str]) -> Iterator[Manifest]:
        """The manifests of archives that should be in this vault and are not."""
        for one in self._manifests():
            if one.archive.vault == self._vault.kind and one.archive.ref not in stored:
                key = keys.manifest(one.backup)
                if key in self._catalog.keys(key):  # it may have been pruned since it was listed
                    yield one

    def _unnamed(self) -> Iterator[StoredArchive]:
        """The archives that no manifest names, and of which no run can be at work any more."""
        used = {one.archive.ref for one in self._manifests()}
        unusable = {one.backup for one in self._unusable}
        before = self.clock() - self.longest - SPARED
        for one in self._archives:
            is_known = one.ref in used or one.backup in unusable
            if not is_known and one.backup.moment < before and not self._is_claimed(one.backup):
                yield one

    def _is_claimed(self, backup: BackupId) -> bool:
        return Lease(self._catalog, keys.claim(backup), "", self.clock, self.longest).holder() is not None
