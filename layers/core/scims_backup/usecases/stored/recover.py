"""Bringing vault and catalog back to how they were at a moment, from what their buckets keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scims_backup.domain import keys
from scims_backup.domain.errors import UsageError
from scims_backup.domain.recovery import Act, History, Rule, Step, histories
from scims_backup.domain.recovery_plan import PlacePlan, RecoveryPlan, plan_for_place
from scims_backup.domain.recovery_scope import rule_in_catalog, sources_beside
from scims_backup.ports import Progress, VersionedPlace

_HANDS = 8
"""Requests at once: a repository of a terabyte has some 60,000 objects."""


class _Stage(StrEnum):
    """What is done one after the other, and how each is called meanwhile."""

    HIDE = "hide what was created since"
    VAULT = "recover the vault"
    RECORDS = "recover records"
    EVENTS = "recover events"
    """After what says that a mail was sent about them."""
    MANIFESTS = "recover backups"


@dataclass(frozen=True)
class Recover:
    """Recovers one source.

    in_vault: the rule for a name in the vault.
    shares_vault: whether other sources' archives look the same there, so that they are recovered too.
    """

    source: str
    catalog: VersionedPlace
    vault: VersionedPlace
    in_vault: Callable[[str], Rule | None]
    shares_vault: bool
    clock: Callable[[], datetime]
    progress: Progress

    def plan(self, before: datetime) -> RecoveryPlan:
        """Look, and change nothing.

        Raise UsageError for a moment in the future, NothingToWorkOnError if there was no backup,
        RecoveryError if the versions cannot be read.
        """
        before = before.replace(microsecond=0)
        if before >= self.clock():
            raise UsageError(f"{before.isoformat()} is in the future", "give a time before the intrusion")
        self.progress.phase("look")
        for place in (self.vault, self.catalog):
            place.require_versions()
        catalog, vault = histories(self.catalog.versions()), histories(self.vault.versions())
        sources = self._sources(catalog, before)

        def in_catalog(key: str) -> Rule | None:
            return rule_in_catalog(key, sources)

        plan = RecoveryPlan(
            before,
            sorted(sources),
            self._planned("vault", self.vault, vault, before, self.in_vault),
            self._planned("catalog", self.catalog, catalog, before, in_catalog),
        )
        plan.refuse_without_backups()
        return plan

    def run(self, plan: RecoveryPlan, confirmed: str) -> None:
        """Carry out a plan: hide what was created since, then restore the vault, manifests last.

        confirmed: the digest of the plan that was shown. Raise UsageError if this is another, RecoveryError
        if a store refuses; what was done until then stays, and the next run continues.
        """
        if confirmed != plan.digest:
            raise UsageError(
                f"{confirmed!r} is not the digest of this plan ({plan.digest}); nothing was done",
                "objects were created or lost since that plan was shown, or it was for another time: show "
                "the plan again, without --confirm",
            )
        stages: dict[_Stage, list[Step]] = {stage: [] for stage in _Stage}
        for step in plan.catalog.steps:
            stages[_stage_of(step)].append(step)
        stages[_Stage.VAULT].extend(plan.vault.steps)
        for stage, steps in stages.items():
            self._do(stage, self.vault if stage is _Stage.VAULT else self.catalog, steps)

    def _sources(self, catalog: Sequence[History], before: datetime) -> frozenset[str]:
        if not self.shares_vault:
            return frozenset({self.source})
        return sources_beside(self.source, (one.key for one in catalog if one.at(before, Rule.AS_IT_WAS)))

    @staticmethod
    def _planned(
        name: str,
        place: VersionedPlace,
        found: Sequence[History],
        before: datetime,
        rule_of: Callable[[str], Rule | None],
    ) -> PlacePlan:
        def is_same(step: Step) -> bool:
            """Read both where nothing else decides: a copy may have another ETag than its original."""
            then = step.then
            return then is not None and then.bytes == step.now.bytes and place.same_bytes(step.now, then)

        return plan_for_place(name, str(place), found, before, rule_of, is_same)

    def _do(self, stage: _Stage, place: VersionedPlace, steps: Sequence[Step]) -> None:
        if not steps:
            return
        self.progress.phase(stage, total_bytes=sum(step.bytes for step in steps))
        with ThreadPoolExecutor(_HANDS) as hands:
            try:
                for step in hands.map(lambda step: _done(place, step), steps):
                    self.progress.bytes(step.bytes)
            except BaseException:
                hands.shutdown(wait=False, cancel_futures=True)
                raise


def _stage_of(step: Step) -> _Stage:
    if step.act is Act.PUT_ASIDE:
        return _Stage.HIDE
    if keys.is_manifest(step.key):
        return _Stage.MANIFESTS
    return _Stage.EVENTS if keys.is_event(step.key) else _Stage.RECORDS


def _done(place: VersionedPlace, step: Step) -> Step:
    if step.act is Act.PUT_ASIDE:
        place.put_aside(step.key)
    elif step.markers:
        place.remove_markers(step.key, step.markers)
    elif step.then is not None:
        place.put_on_top(step.then)
    return step
