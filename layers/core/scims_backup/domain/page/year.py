"""The days that the page shows: twelve whole months, and the days of the present one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Year:
    """From the first of this month a year ago until today, by the calendar of a time zone."""

    now: datetime
    zone: tzinfo = UTC

    @property
    def today(self) -> date:
        """The last day."""
        return self.day_of(self.now)

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.today.year - 1, self.today.month, 1)

    @property
    def since(self) -> datetime:
        """The moment at which the first day begins."""
        return self.end_of(self.first - _DAY)

    def days(self) -> tuple[date, ...]:
        """All days, oldest first."""
        count = (self.today - self.first).days + 1
        return tuple(self.first + number * _DAY for number in range(count))

    def day_of(self, moment: datetime) -> date:
        """The day on which a moment is."""
        return moment.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """The moment at which the next day begins."""
        return datetime.combine(day + _DAY, time(), self.zone).astimezone(UTC)
