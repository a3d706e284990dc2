"""What a deployment promises itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from scims_backup.domain.health_rules import BACKUP_AGE, PROOF_AGE
from scims_backup.domain.second_copy import COPY_AGE
from scims_backup.ports.settings_keys import Keys, key
from scims_backup.settings.values import read_positive


@dataclass(frozen=True, kw_only=True)
class Objectives(Keys):
    """The `objectives` of a source; None where it promises nothing."""

    rpo_hours: float | None = key(
        read_positive,
        f"maximum age of the newest backup in hours, by default {BACKUP_AGE // timedelta(hours=1)}",
    )
    proof_age_days: float | None = key(
        read_positive, f"maximum age of the newest proof in days, by default {PROOF_AGE.days}"
    )
    rto_minutes: float | None = key(
        read_positive, "maximum duration of a restore in minutes, as drills show it; by default any"
    )
    copy_age_days: float | None = key(
        read_positive, f"maximum age of the newest copied backup in days, by default {COPY_AGE.days}"
    )

    @property
    def backup_age(self) -> timedelta:
        """How old the newest backup may be."""
        return timedelta(hours=self.rpo_hours) if self.rpo_hours else BACKUP_AGE

    @property
    def proof_age(self) -> timedelta:
        """How long ago a backup may last have been proven."""
        return timedelta(days=self.proof_age_days) if self.proof_age_days else PROOF_AGE

    @property
    def copy_age(self) -> timedelta:
        """How old the newest copied backup may be."""
        return timedelta(days=self.copy_age_days) if self.copy_age_days else COPY_AGE
