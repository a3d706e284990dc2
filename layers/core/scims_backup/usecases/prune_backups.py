"""Pruning: what the policy does not keep goes, each backup whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import (
    AlreadyRunningError,
    CatalogError,
    DocumentError,
    RemovalRefusedError,
    ScimsBackupError,
)
from scims_backup.domain.events import MOST_FINDINGS, Kind, Severity
from scims_backup.domain.retention import Plan, Policy, plan
from scims_backup.leases import Lease
from scims_backup.ports import Catalog, Progress, Vault
from scims_backup.usecases.leftovers import Leftovers
from scims_backup.usecases.removing import Removal
from scims_backup.usecases.storage import tell_quota
from scims_backup.usecases.surveying import survey
from scims_backup.usecases.telling import Teller

PATIENCE = timedelta(hours=1)
"""For so long a prune has its source for itself, also one that was killed."""
_LAST_MINUTES = timedelta(minutes=5)
"""No removal begins when less than this is left: deleting may wait for a lock."""


@dataclass(frozen=True)
class Refused:
    """A backup that was to be removed and is there still, and why."""

    backup: BackupId
    why: str


@dataclass
class Pruned:
    """What a prune planned and did. leftovers: refs of archives that dead runs had left."""

    plan: Plan
    removed: list[BackupId] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)


def plan_prune(catalog: Catalog, source: str, policy: Policy, now: datetime) -> Plan:
    """Say what a prune would keep and remove, from listed keys alone."""
    return plan(survey(catalog, source), policy, now)


@dataclass(frozen=True)
class PruneBackups:
    """Prunes the backups of one source.

    longest: how long a run of it may take; quota: bytes that its archives may take, None for any number;
    patience: how long a prune may take.
    """

    source: str
    vault: Vault
    catalog: Catalog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress
    longest: timedelta
    quota: int | None = None
    patience: timedelta = PATIENCE

    def run(self, policy: Policy, now: datetime) -> Pruned:
        """Finish what an earlier prune began, then plan for a moment, remove, and clear up after dead runs.

        now: for the plan alone; whether a hold or a claim still counts is always judged by the clock.
        Raise AlreadyRunningError if another prune of the source is at work, else whatever stopped this one;
        the next one goes on from there.
        """
        try:
            with self._alone() as until:
                pruned = self._pruned(policy, now, until)
        except ScimsBackupError as error:
            self._teller.tell_failure(Kind.PRUNE_FAILED, error)
            raise
        self._tell(pruned)
        if self.quota is not None:
            tell_quota(self.vault.usage(), self.quota, self._teller)
        return pruned

    @contextmanager
    def _alone(self) -> Iterator[datetime]:
        """Have the source's removals for oneself until the moment that is given."""
        until = self.clock() + self.patience
        lease = Lease(self.catalog, keys.prune_lease(self.source), self.new_id(), self.clock, self.patience)
        if not lease.take():
            holder = lease.holder()
            ends = f"until {holder.until.isoformat(timespec='seconds')}" if holder else "now"
            raise AlreadyRunningError(
                f"another prune of {self.source} is at work, or was killed: it has the source {ends}",
                "try again after that",
            )
        try:
            yield until
        finally:
            self._release(lease)

    def _release(self, lease: Lease) -> None:
        try:
            lease.release()
        except CatalogError as kept:
            self.progress.note(f"no other prune can start for {self.patience}: {kept}")

    def _pruned(self, policy: Policy, now: datetime, until: datetime) -> Pruned:
        archives = self.vault.archives()
        removed, refused = self._finish_earlier()
        pruned = Pruned(plan_prune(self.catalog, self.source, policy, now), removed, refused)
        refs = frozenset(archive.ref for archive in archives)
        for backup in pruned.plan.remove:
            if backup not in {one.backup for one in refused}:
                self._remove(backup, refs, until, pruned)
        pruned.leftovers += self._leftovers.remove(archives)
        return pruned

    def _finish_earlier(self) -> tuple[list[BackupId], list[Refused]]:
        """Go on with removals that were interrupted."""
        removed, refused = [], []
        for key in filter(keys.is_tombstone, list(self.catalog.keys(keys.tombstones(self.source)))):
            backup = keys.backup_of(key)
            try:
                if self._removal.finish(backup):
                    removed.append(backup)
            except (RemovalRefusedError, DocumentError) as error:
                refused.append(Refused(backup, str(error)))
        return removed, refused

    def _remove(self, backup: BackupId, refs: frozenset[str], until: datetime, pruned: Pruned) -> None:
        if self.clock() > until - _LAST_MINUTES:
            pruned.refused.append(Refused(backup, "this prune has no time left: the next one goes on"))
            return
        try:
            self._removal.remove(backup, refs)
        except (RemovalRefusedError, DocumentError) as error:
            pruned.refused.append(Refused(backup, str(error)))
        else:
            pruned.removed.append(backup)
            self.progress.note(f"{backup} is removed")

    def _tell(self, pruned: Pruned) -> None:
        facts = {
            "removed": [str(backup) for backup in pruned.removed[:MOST_FINDINGS]],
            "removed_in_all": len(pruned.removed),
            "kept": len(pruned.plan.keep),
            "refused": [f"{one.backup}: {one.why}" for one in pruned.refused[:MOST_FINDINGS]],
            "refused_in_all": len(pruned.refused),
            "leftovers": len(pruned.leftovers),
        }
        if pruned.refused:
            self._teller.tell(Kind.PRUNE_FAILED, Severity.ERROR, facts)
        elif pruned.removed or pruned.leftovers:
            self._teller.tell(Kind.BACKUPS_PRUNED, Severity.INFO, facts)

    @cached_property
    def _removal(self) -> Removal:
        return Removal(self.catalog, self.vault, self.clock)

    @cached_property
    def _leftovers(self) -> Leftovers:
        return Leftovers(self.source, self.catalog, self.vault, self.clock, self.longest)

    @cached_property
    def _teller(self) -> Teller:
        return Teller(self.source, self.catalog, self.clock, self.new_id, self.progress)
