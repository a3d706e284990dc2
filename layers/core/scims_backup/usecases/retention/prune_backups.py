"""Pruning: what the policy does not keep goes, each backup whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats
from scims_backup.domain.errors import (
    AlreadyRunningError,
    CatalogError,
    DocumentError,
    MuchAtOnceError,
    RemovalRefusedError,
    UnderstoodError,
    VaultError,
)
from scims_backup.domain.events import MOST_FINDINGS, Kind, Severity
from scims_backup.domain.records_of_runs import record_of_prune
from scims_backup.domain.retention import Plan, Policy, plan
from scims_backup.domain.run_record import RunKind, RunRecord
from scims_backup.ports import Catalog, Progress, Vault
from scims_backup.ports.leases import Lease
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.retention.intent import Intending, Intent
from scims_backup.usecases.retention.keep_history import keep_history
from scims_backup.usecases.retention.much_refused import refused_intent
from scims_backup.usecases.retention.protect_backups import ProtectBackups
from scims_backup.usecases.retention.pruned import Pruned, Refused
from scims_backup.usecases.retention.removal import Removal
from scims_backup.usecases.stored.history import record_failed_run
from scims_backup.usecases.stored.manifests import survey
from scims_backup.usecases.stored.storage import record_quota

PATIENCE = timedelta(hours=1)
"""For so long a prune has its source for itself, also one that was killed."""
_LAST_MINUTES = timedelta(minutes=5)
"""No removal begins when less than this is left: deleting may wait for a lock."""


def plan_prune(catalog: Catalog, source: str, policy: Policy, now: datetime) -> Plan:
    """Say what a prune would keep and remove."""
    return plan(survey(catalog, source), policy, now)


@dataclass(frozen=True)
class PruneBackups:
    """Prunes the backups of one source.

    longest: how long a run of it may take.
    quota: bytes that its archives may take; None for no limit.
    patience: how long a prune may take.
    run_id: the id of a run that is repeated under the same id when it dies.
    protection: extends the locks of what stays; None where nothing is locked.
    formats: as of `Intending`.
    """

    source: str
    vault: Vault
    catalog: Catalog
    events: EventLog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress
    longest: timedelta
    quota: int | None = None
    patience: timedelta = PATIENCE
    run_id: str | None = None
    protection: ProtectBackups | None = None
    formats: Formats = OF_OLD_DOCUMENTS

    def intent(self, policy: Policy, now: datetime) -> Intent:
        """Say what a prune would do; nothing is done."""
        return self._intending.intent(policy, now)

    def run(self, policy: Policy, now: datetime, confirm: str | None = None) -> Pruned:
        """Plan for a moment, finish what an earlier prune began, clear up after dead runs, and remove.

        now: for the plan alone; whether a hold or a claim still counts is always judged by the clock.
        confirm: the digest of a plan that a person has checked.

        Raise MuchAtOnceError if a person has to confirm, or has confirmed another plan, AlreadyRunningError
        if another prune of the source is running, else whatever stopped this one; the next one continues
        there.
        """
        began = self.clock()
        try:
            with self._alone() as lease:
                pruned = self._pruned(policy, now, lease, confirm)
        except AlreadyRunningError:  # the other prune records its own end
            raise
        except UnderstoodError as error:
            record_failed_run(self.events, RunKind.PRUNE, error, began)
            if not isinstance(error, MuchAtOnceError):  # recorded already, with its plan
                self.events.record_failure(Kind.PRUNE_FAILED, error)
            raise
        if self.protection:
            pruned.problems += self.protection.run(pruned.plan.keep)
        self._look_at_quota(pruned)
        pruned.warnings += keep_history(self.events, self._recorded(pruned, began), self.quota)
        self._record(pruned)
        return pruned

    @contextmanager
    def _alone(self) -> Iterator[Lease]:
        """Have the source's removals for oneself."""
        token = self.run_id or self.new_id()
        key = keys.prune_lease(self.source)
        lease = Lease(self.catalog, key, token, self.clock, self.patience, most=PATIENCE)
        if not self._taken(lease):
            holder = lease.holder()
            ends = f"until {holder.until.isoformat(timespec='seconds')}" if holder else "now"
            raise AlreadyRunningError(
                f"another prune of {self.source} is running, or was killed: it holds the source {ends}",
                "try again after that",
            )
        try:
            yield lease
        finally:
            self._release(lease)

    def _taken(self, lease: Lease) -> bool:
        try:
            return lease.take()
        except DocumentError as error:
            raise DocumentError(error.message, "remove this object if no prune is running") from error

    def _release(self, lease: Lease) -> None:
        try:
            lease.release()
        except CatalogError as kept:
            self.progress.note(f"no other prune can start for {self.patience}: {kept}")

    def _pruned(self, policy: Policy, now: datetime, lease: Lease, confirm: str | None) -> Pruned:
        ends = self.clock() + self.patience - _LAST_MINUTES
        intent = self.intent(policy, now)
        self._refuse_unconfirmed(intent, confirm)
        removal = Removal(self.catalog, self.vault, self.clock, lease, intent.witnesses)
        removed, refused = self._finish_earlier(removal)
        pruned = Pruned(intent.plan, removed, refused, problems=list(intent.problems))
        cleared = self._intending.leftovers.remove(intent.dead, intent.witnesses)
        pruned.leftovers += cleared.refs
        pruned.problems += [f"leftovers of failed runs: {problem}" for problem in cleared.problems]
        for going in intent.going:
            if going.backup not in {one.backup for one in refused}:
                self._remove(going.backup, partial(removal.remove, going), ends, pruned)
        return pruned

    def _refuse_unconfirmed(self, intent: Intent, confirm: str | None) -> None:
        if confirm == intent.digest or not (intent.much or (confirm and intent.all_going)):
            return
        refusal = refused_intent(intent, confirm)
        going = [f"{one.backup} {one.ref}" for one in intent.all_going]
        # a plan that waits for a person must not let locks run out meanwhile
        unlocked = self.protection.run(intent.plan.keep) if self.protection else []
        more = {
            "digest": intent.digest,
            "would_remove": going[:MOST_FINDINGS],
            "would_remove_in_all": len(going),
            "problems": [*intent.problems, *unlocked][:MOST_FINDINGS],
        }
        self.events.record_failure(Kind.PRUNE_FAILED, refusal, more=more)
        self._look_at_quota(Pruned(intent.plan))
        raise refusal

    def _finish_earlier(self, removal: Removal) -> tuple[list[BackupId], list[Refused]]:
        """Go on with removals that were interrupted."""
        removed, refused = [], []
        for key in filter(keys.is_tombstone, list(self.catalog.keys(keys.tombstones(self.source)))):
            backup = keys.backup_of(key)
            try:
                if removal.finish(backup):
                    removed.append(backup)
            except (RemovalRefusedError, DocumentError, VaultError) as error:
                refused.append(Refused(backup, str(error)))
        return removed, refused

    def _remove(self, backup: BackupId, remove: Callable[[], None], ends: datetime, pruned: Pruned) -> None:
        if self.clock() > ends:
            pruned.refused.append(Refused(backup, "this prune ran out of time: the next one continues"))
            return
        try:
            remove()
        except (RemovalRefusedError, DocumentError) as error:
            pruned.refused.append(Refused(backup, str(error)))
        else:
            pruned.removed.append(backup)
            self.progress.note(f"{backup} is removed")

    def _look_at_quota(self, pruned: Pruned) -> None:
        if self.quota is None:
            return
        try:
            pruned.usage = usage = self.vault.usage()
            exceeded = record_quota(usage, self.quota, self.events)
        except VaultError as error:
            pruned.problems.append(f"the quota could not be checked: {error}")
        else:
            pruned.warnings += [exceeded] if exceeded else []
            pruned.warnings += [
                f"not everything that is stored could be measured: {one}" for one in usage.unlisted
            ]
            less = [one for one in usage.unmeasured if one not in usage.unlisted]
            pruned.problems += [f"the quota was compared with less than is stored: {one}" for one in less]

    def _recorded(self, pruned: Pruned, began: datetime) -> RunRecord:
        problems = [*(one.why for one in pruned.refused), *pruned.problems]
        stored = pruned.usage.source_bytes if pruned.usage else None
        return record_of_prune(self.source, began, self.clock(), problems, stored)

    def _record(self, pruned: Pruned) -> None:
        if not pruned.is_complete:
            self.events.record(Kind.PRUNE_FAILED, Severity.ERROR, pruned.facts)
        elif pruned.removed or pruned.leftovers:
            self.events.record(Kind.BACKUPS_PRUNED, Severity.INFO, pruned.facts)

    @cached_property
    def _intending(self) -> Intending:
        return Intending(self.source, self.vault, self.catalog, self.clock, self.longest, self.formats)
