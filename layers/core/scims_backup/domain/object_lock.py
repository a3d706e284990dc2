"""Object Lock: a promise of the store itself that archives stay."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from scims_backup.domain.kept_until import fresh_until
from scims_backup.domain.periods import Policy

CLOCKS_APART = timedelta(minutes=15)
"""A store holds an end against the days that it allows by its own clock, and refuses clocks further off."""


@dataclass(frozen=True)
class ObjectLock:
    """How archives are protected from removal.

    days: an end is never further away than these
    policy: an archive is locked for as long as it keeps it
    """

    mode: Literal["GOVERNANCE", "COMPLIANCE"]
    days: int
    policy: Policy = field(default_factory=Policy)

    def latest(self, now: datetime) -> datetime:
        """Return the latest moment until which something may be locked now."""
        return now + timedelta(days=self.days) - CLOCKS_APART

    def of_fresh(self, taken: datetime, now: datetime) -> datetime:
        """Return until when an archive is locked that is being stored. taken: its backup's own moment."""
        return min(self.latest(now), fresh_until(taken, self.policy))
