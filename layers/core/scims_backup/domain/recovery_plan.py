"""What brings vault and catalog back: counted, named, and with a digest by which it is confirmed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import NothingToWorkOnError
from scims_backup.domain.recovery import Act, History, Rule, State, Step, digest_of


@dataclass(frozen=True)
class PlacePlan:
    """What must be done in one place.

    steps: for the keys that are not as they were
    states: what every key comes back to, None for nothing
    """

    name: str
    place: str
    steps: Sequence[Step]
    states: Sequence[State]

    def count(self, act: Act) -> int:
        """How many keys are treated so."""
        return sum(step.act is act for step in self.steps)

    @property
    def unchanged(self) -> int:
        """How many keys are there as they were."""
        there = sum(state.version is not None for state in self.states)
        return there - sum(step.then is not None for step in self.steps)


@dataclass(frozen=True)
class RecoveryPlan:
    """What restores everything.

    sources: whose keys.
    """

    before: datetime
    sources: Sequence[str]
    vault: PlacePlan
    catalog: PlacePlan

    @property
    def backups(self) -> list[tuple[BackupId, Act | None]]:
        """The backups that there were, and what their manifests need."""
        acts = {step.key: step.act for step in self.catalog.steps}
        return [
            (keys.backup_of(state.key), acts.get(state.key))
            for state in self.catalog.states
            if state.version is not None and keys.is_manifest(state.key)
        ]

    @property
    def hidden(self) -> list[BackupId]:
        """The backups that were made since."""
        made = (step.key for step in self.catalog.steps if step.act is Act.PUT_ASIDE)
        return [keys.backup_of(key) for key in made if keys.is_manifest(key)]

    @property
    def is_done(self) -> bool:
        """Whether everything is as it was."""
        return not (self.vault.steps or self.catalog.steps)

    @property
    def digest(self) -> str:
        """Of what everything comes back to: the same however much of that is done already."""
        return digest_of({one.name: one.states for one in (self.vault, self.catalog)})

    def refuse_without_backups(self) -> None:
        """Raise NothingToWorkOnError if there was no backup: all that there is now would be hidden."""
        if not self.backups:
            raise NothingToWorkOnError(
                f"the catalog's versions show no backup of {', '.join(self.sources)} at "
                f"{self.before.isoformat()}",
                "give a later time; versions that the bucket no longer keeps cannot be recovered",
            )


def plan_for_place(
    name: str,
    place: str,
    found: Iterable[History],
    before: datetime,
    rule_of: Callable[[str], Rule | None],
    is_same: Callable[[Step], bool],
) -> PlacePlan:
    """Plan one place.

    rule_of: for each key, None for one that stays as it is.
    is_same: whether an overwritten key has the same content all the same.
    """
    steps, states = list[Step](), list[State]()
    for history in found:
        rule = rule_of(history.key)
        if rule is None:
            continue
        then, step = history.at(before, rule), history.step(before, rule)
        if step is not None and not (step.act is Act.PUT_BACK and is_same(step)):
            steps.append(step)
        if rule is Rule.AS_IT_WAS or then is not None:
            states.append(State(history.key, then))
    return PlacePlan(name, place, steps, states)
