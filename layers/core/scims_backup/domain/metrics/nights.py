"""How the last nights went: the success rate, over nights and not over runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, timedelta

from scims_backup.domain.run_record import RunResult
from scims_backup.domain.status import SourceStatus

NIGHTS = 30
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Nights:
    """How many of the last 30 nights had a complete backup, only runs that failed, or no run at all."""

    completed: int
    failed: int
    missing: int

    @property
    def success(self) -> float:
        """The part that completed, 0 to 1."""
        return self.completed / (self.completed + self.failed + self.missing)


def last_nights(status: SourceStatus) -> Nights | None:
    """Count the nights, which are days of UTC, since the first known run; None before it.

    Today counts once a run began today: until then its night is still to come.
    """
    went: dict[date, bool] = {}
    for run in status.nights:
        day = run.began.astimezone(UTC).date()
        went[day] = went.get(day, False) or run.result is RunResult.COMPLETED
    if not went:
        return None
    today = status.at.astimezone(UTC).date()
    last = today if today in went else today - _DAY
    first = max(min(went), last - (NIGHTS - 1) * _DAY)
    counted = [good for day, good in went.items() if first <= day <= last]
    completed = sum(counted)
    due = (last - first).days + 1
    return Nights(completed, len(counted) - completed, due - len(counted))
