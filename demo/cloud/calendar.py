"""When the story happens: in the past, since no backup can be made for a time that is still to come."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_DUMP_HOUR, _DRILL_HOUR = 2, 3
_WEEK = timedelta(days=7)
_AFTERWARDS = 3
"""So many nights follow the second Sunday."""


@dataclass(frozen=True)
class Calendar:
    """Two Sundays, the nights before, between and after. sunday: the first one's midnight, UTC."""

    sunday: datetime

    @classmethod
    def before(cls, now: datetime) -> "Calendar":
        """The latest calendar that is over."""
        last = now - timedelta(days=_AFTERWARDS, hours=_DRILL_HOUR)
        midnight = last.replace(hour=0, minute=0, second=0, microsecond=0)
        second = midnight - timedelta(days=midnight.isoweekday() % 7)
        return cls(second - _WEEK)

    def nights(self, count: int) -> list[datetime]:
        """So many dumps up to the first Sunday's; the first of them a week before, so that weeks show."""
        days = [*reversed(range(1, count - 1)), 0]
        a_week_before = [7] if count > 1 else []
        return [self._night(-day) for day in [*a_week_before, *days]]

    @property
    def drill(self) -> datetime:
        """The first Sunday's drill."""
        return self.sunday + timedelta(hours=_DRILL_HOUR)

    @property
    def loss(self) -> datetime:
        """The dump before the second Sunday."""
        return self._night(6)

    @property
    def second_drill(self) -> datetime:
        """The second Sunday's drill."""
        return self.drill + _WEEK

    def after(self, number: int) -> datetime:
        """The dump of a night after the second Sunday: 1 to 3."""
        return self._night(7 + number)

    def _night(self, days: int) -> datetime:
        return self.sunday + timedelta(days=days, hours=_DUMP_HOUR)
