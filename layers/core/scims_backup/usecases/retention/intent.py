"""What a prune would do: planned from the catalog and the vault together, before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_history import backups_once_proven, drills_by_stamp
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.much_at_once import Going, digest_of, much_at_once, surplus, unreplaced
from scims_backup.domain.retention import Candidate, Kept, Plan, Policy, plan
from scims_backup.domain.witness import is_late
from scims_backup.ports import Catalog, Vault
from scims_backup.usecases.drills.believed_verdicts import believed_verdict
from scims_backup.usecases.retention.judge_leftovers import Dead
from scims_backup.usecases.retention.leftovers import Leftovers
from scims_backup.usecases.stored.manifests import Known, backups_in_order, holds_by_backup, of_engines
from scims_backup.usecases.stored.witnesses import Witnesses


@dataclass(frozen=True)
class Intent:
    """What a prune would do.

    going: the backups that the policy does not keep.
    begun: removals that an earlier prune began.
    dead: what dead runs left.
    much: why a person has to confirm the plan; empty if nobody has to.
    problems: what is not believed, or cannot be read.
    """

    plan: Plan
    going: tuple[Going, ...]
    begun: tuple[Going, ...]
    dead: tuple[Dead, ...]
    much: tuple[str, ...]
    problems: tuple[str, ...]
    witnesses: Witnesses

    @property
    def all_going(self) -> list[Going]:
        """Every archive that would go."""
        return [*self.going, *self.begun, *(going for one in self.dead for going in one.going)]

    @property
    def digest(self) -> str:
        """By which a person confirms it."""
        return digest_of(self.all_going)


@dataclass(frozen=True)
class Intending:
    """Plans prunes of one source.

    longest: how long a run of it may take.
    formats: of the engines that this version has; backups of others stay.
    """

    source: str
    vault: Vault
    catalog: Catalog
    clock: Callable[[], datetime]
    longest: timedelta
    formats: Formats = field(default_factory=lambda: OF_OLD_DOCUMENTS)

    def intent(self, policy: Policy, now: datetime) -> Intent:
        """Plan as at a moment. Raise CatalogError or VaultError if something cannot be asked.

        A manifest that cannot be read, or that the vault does not bear out, stays, stands for no other
        backup, and is a problem.
        """
        known = of_engines(backups_in_order(self.catalog, self.source), self.formats)
        witnesses = Witnesses.taken(self.catalog, self.vault, self.source, known, self.formats)
        doubts = {one.backup: why for one in known if (why := witnesses.doubt(one))}
        believed = [one.manifest for one in known if one.manifest and one.backup not in doubts]
        candidates, unproven = self._candidates(believed, witnesses)
        planned = plan(candidates, policy, now)
        dead, unsure = self.leftovers.found(known, witnesses)
        refs = {manifest.backup: manifest.archive.ref for manifest in believed}
        going = tuple(Going(backup, refs[backup]) for backup in planned.remove)
        begun = tuple(one.going for one in witnesses.begun)
        return Intent(
            plan=Plan(tuple(_keeping(planned, known, doubts)), planned.remove),
            going=going,
            begun=begun,
            dead=tuple(dead),
            much=self._much(candidates, [*going, *begun], dead, policy, now),
            problems=(*_told(doubts, known), *unproven, *unsure),
            witnesses=witnesses,
        )

    def _much(
        self,
        candidates: Sequence[Candidate],
        backups: Sequence[Going],
        dead: Sequence[Dead],
        policy: Policy,
        now: datetime,
    ) -> tuple[str, ...]:
        remove = {one.backup for one in backups}
        once_proven = backups_once_proven(self.source, self._of_drills)
        return much_at_once(
            backups,
            [going for one in dead for going in one.going],
            len(remove | {one.backup for one in candidates}),
            unreplaced(candidates, remove, once_proven),
            surplus(candidates, remove, once_proven, policy.zone, now),
        )

    def _candidates(
        self, manifests: Sequence[Manifest], witnesses: Witnesses
    ) -> tuple[list[Candidate], list[str]]:
        drills = drills_by_stamp(self.source, self._of_drills)
        holds = holds_by_backup(self.catalog, self.source)
        found, problems = list[Candidate](), list[str]()
        for one in manifests:
            verdict, problem = believed_verdict(self.catalog, one, drills.get(one.backup.stamp, ()))
            problems += [problem] if problem else []
            late = is_late(one, witnesses.stored[one.archive.ref].stored_at, self.longest)
            holding = tuple(holds.get(one.backup, ()))
            found.append(Candidate(one.backup, verdict, holding, one.started, late))
        return found, problems

    @cached_property
    def _of_drills(self) -> list[str]:
        return list(self.catalog.keys(keys.drills(self.source)))

    @cached_property
    def leftovers(self) -> Leftovers:
        """What finds and removes what dead runs left."""
        return Leftovers(self.source, self.catalog, self.vault, self.clock, self.longest)


def _keeping(planned: Plan, known: Sequence[Known], doubts: Mapping[BackupId, str]) -> Iterator[Kept]:
    """What stays, oldest first: as planned, and what is not believed."""
    reasons = {kept.backup: kept.reasons for kept in planned.keep}
    for one in known:
        if one.backup in doubts:
            yield Kept(one.backup, ("not believed" if one.manifest else one.unusable,))
        elif one.backup in reasons:
            yield Kept(one.backup, reasons[one.backup])


def _told(doubts: Mapping[BackupId, str], known: Sequence[Known]) -> Iterator[str]:
    for one in known:
        if one.backup in doubts:
            yield doubts[one.backup] if one.manifest is None else _unbelieved(one.backup, doubts[one.backup])


def _unbelieved(backup: BackupId, why: str) -> str:
    return f"{backup} is not trusted: {why}. It is kept, and replaces no other backup"
