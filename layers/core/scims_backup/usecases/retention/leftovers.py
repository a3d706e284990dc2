"""What runs that died left behind: archives and proofs without a manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CatalogError, VaultError
from scims_backup.ports import Catalog, Vault
from scims_backup.ports.leases import Lease
from scims_backup.usecases.backups.run_records import condemn
from scims_backup.usecases.retention.judge_leftovers import Dead, JudgeLeftovers
from scims_backup.usecases.stored.manifests import Known, find_manifest
from scims_backup.usecases.stored.witnesses import Witnesses

SPARED = timedelta(hours=24)
"""What is younger than the longest run and this is nobody's leftover yet."""


@dataclass
class Cleared:
    """What was done about leftovers.

    refs: of the archives that were removed.
    problems: what kept others for the next try.
    """

    refs: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Leftovers:
    """Finds and removes what dead runs of one source left.

    Only an archive that a run of this catalog noted as stored is ever taken for a leftover: one that the
    catalog does not know may belong to another catalog, or be all that is left of a backup whose catalog was
    lost. The note alone is not enough either, as `JudgeLeftovers` says.

    longest: how long a run may take.
    """

    source: str
    catalog: Catalog
    vault: Vault
    clock: Callable[[], datetime]
    longest: timedelta

    def found(self, known: Sequence[Known], witnesses: Witnesses) -> tuple[list[Dead], list[str]]:
        """Return what dead runs left, and what is wrong with their records; nothing is done."""
        judge = JudgeLeftovers(self.catalog, witnesses, self.clock(), self._before, self.longest)
        manifests = {one.backup: one.manifest for one in known}
        dead, problems = list[Dead](), list[str]()
        for backup, of_run in self._runs().items():
            if backup.moment >= self._before or backup in witnesses.removing:
                continue
            several = sum(map(keys.is_stored_record, of_run)) > 1
            if backup not in manifests or (manifests[backup] is not None and several):
                found, wrong = judge.judged(backup, manifests.get(backup), of_run)
                dead.append(found)
                problems += [f"leftovers of failed runs: {one}" for one in wrong]
        return dead, problems

    def remove(self, dead: Sequence[Dead], witnesses: Witnesses) -> Cleared:
        """Remove the leftovers that were found, as far as vault and catalog permit."""
        cleared = Cleared()
        for one in dead:
            try:
                for ref in self._removed(one, witnesses):
                    cleared.refs.append(ref)
            except (VaultError, CatalogError) as error:
                cleared.problems.append(str(error))
        try:
            self.vault.discard_unfinished(self._before)
        except VaultError as error:
            cleared.problems.append(str(error))
        return cleared

    def _removed(self, dead: Dead, witnesses: Witnesses) -> Iterator[str]:
        """Remove what a backup's manifest does not name; a run that is late may have put it meanwhile."""
        manifest = find_manifest(self.catalog, dead.backup)
        if manifest is None and (dead.archives or dead.is_forgotten):
            condemn(self.catalog, dead.backup)
            manifest = find_manifest(self.catalog, dead.backup)
            if manifest is None and self._is_claimed(dead.backup):
                return
        for key in dead.gone:
            self.catalog.delete(key)
        for left in dead.archives:
            if manifest is None or manifest.archive.ref != left.ref:
                self.vault.delete(left.ref)
                self.catalog.delete(left.key)
                yield left.ref
        if manifest is None and dead.is_forgotten:
            self._forget(dead.backup, witnesses)

    def _runs(self) -> dict[BackupId, list[str]]:
        found: dict[BackupId, list[str]] = {}
        for key in filter(keys.is_of_run, self.catalog.keys(keys.runs(self.source))):
            found.setdefault(keys.backup_of_run(key), []).append(key)
        return found

    def _is_claimed(self, backup: BackupId) -> bool:
        lease = Lease(self.catalog, keys.claim(backup), "", self.clock, self.longest)
        return lease.holder() is not None

    def _forget(self, backup: BackupId, witnesses: Witnesses) -> None:
        """Remove the proof and what was known of the runs; records of archives that stay are kept."""
        of_run = [key for key in self.catalog.keys(keys.run_of(backup)) if not keys.is_stored_record(key)]
        proofs = [
            key
            for key in self.catalog.keys(keys.proofs_of(backup))
            if not witnesses.others_naming(key, backup)
        ]
        for key in [*proofs, *of_run]:
            self.catalog.delete(key)

    @property
    def _before(self) -> datetime:
        return self.clock() - self.longest - SPARED
