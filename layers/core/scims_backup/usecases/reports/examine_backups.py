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
from scims_backup.domain.health import NotCheckedError, Observed, fine, problem
from scims_backup.domain.health_rules import newest_backup, newest_proven, newest_verdict
from scims_backup.domain.manifest import Manifest
from scims_backup.ports import Catalog, StoredArchive, Vault
from scims_backup.ports.leases import Lease
from scims_backup.usecases.alerts.watch_objectives import noted_since
from scims_backup.usecases.drills.believed_verdicts import newest_proven as newest_proven_of
from scims_backup.usecases.drills.proven_with import CHANGED, deciding_report
from scims_backup.usecases.reports.list_backups import ListBackups, ListedBackup
from scims_backup.usecases.retention.leftovers import SPARED


@dataclass(frozen=True)
class ExamineBackups:
    """The checks of one source's backups.

    catalog, vault: make them, since that may fail too.
    longest: how long a run may take.
    after_restore: the SHA-256 of what drills and restores run now.
    formats: of the engines that this version has.
    """

    source: str
    catalog: Callable[[], Catalog]
    vault: Callable[[], Vault]
    clock: Callable[[], datetime]
    longest: timedelta
    after_restore: str | None = None
    formats: Formats = field(default_factory=lambda: OF_OLD_DOCUMENTS)

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
        return disagreements(
            Books(
                lost=[one.backup for one in self._missing(stored) if one.backup not in touched],
                strays={one.ref: one.backup for one in self._unnamed() if one.backup not in touched},
                whole=len([one for one in self._manifests() if one.archive.ref in stored]),
                unreadable=[one.backup for one in self._unusable if not one.lacks_engine],
                lacking_engines=[one.backup for one in self._unusable if one.lacks_engine],
                removing=[] if pruned else touched,
            )
        )

    def look_at_newest(self, allowed: timedelta) -> Iterator[Observed]:
        """Judge the newest backup by its greatest age."""
        newest = self._listed[-1] if self._listed else None
        if newest is None:
            yield newest_backup(None, self.clock(), allowed)
        else:
            yield newest_backup(newest.backup, self.clock(), allowed, newest.taken)

    def look_at_proven(self, allowed: timedelta) -> Iterator[Observed]:
        """Judge the newest proven backup by its greatest age."""
        if not self._listed:
            raise NotCheckedError("there is no backup yet")
        newest = newest_proven_of(self._catalog, self.source, self._listed)
        since = newest.taken if newest else self._since()
        yield newest_proven(newest.backup if newest else None, since, self.clock(), allowed)
        report = deciding_report(self._catalog, newest.backup) if newest else None
        if newest and report is not None and report.after_restore != self.after_restore:
            yield problem(f"{newest.backup} {CHANGED}", "run a drill again: scims-backup drill")

    def look_at_verdict(self) -> Iterator[Observed]:
        """Judge the newest backup that was drilled by its drill's verdict."""
        for one in reversed(self._listed):
            verdict, report = (
                ListBackups(self._catalog).judgement(one.backup) if one.verdict else (None, None)
            )
            if verdict is not None:
                yield newest_verdict(one.backup, verdict, report)
                return
        raise NotCheckedError("no drill has ended yet", "scims-backup drill")

    def newest_archive_bytes(self) -> int | None:
        """The length of the newest archive; None before the first."""
        sizes = [one.archive.bytes for one in self._manifests()]
        return sizes[-1] if sizes else None

    def _since(self) -> datetime:
        first = self._listed[0].taken
        noted = noted_since(self._catalog, self.source)
        return min(noted, first) if noted else first

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
