"""What a prune did."""

from __future__ import annotations

from dataclasses import dataclass, field

from scims_backup.domain.backup import BackupId
from scims_backup.domain.events import MOST_FINDINGS
from scims_backup.domain.retention import Plan
from scims_backup.ports import Usage


@dataclass(frozen=True)
class Refused:
    """A backup that was to be removed and is there still, and why."""

    backup: BackupId
    why: str


@dataclass
class Pruned:
    """What a prune planned and did.

    leftovers: refs of archives that dead runs had left.
    problems: what else could not be done, or read.
    usage: what is stored now, if that was measured, for the quota.
    warnings: what a person should know although everything was done.
    """

    plan: Plan
    removed: list[BackupId] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    usage: Usage | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether all was done that was to be done."""
        return not (self.refused or self.problems)

    @property
    def facts(self) -> dict[str, object]:
        """The facts of its event."""
        return {
            "removed": [str(backup) for backup in self.removed[:MOST_FINDINGS]],
            "removed_in_all": len(self.removed),
            "kept": len(self.plan.keep),
            "refused": [f"{one.backup}: {one.why}" for one in self.refused[:MOST_FINDINGS]],
            "refused_in_all": len(self.refused),
            "problems": self.problems[:MOST_FINDINGS],
            "leftovers": len(self.leftovers),
        }
