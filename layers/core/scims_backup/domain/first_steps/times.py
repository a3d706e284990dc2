"""The times at which the nightly and weekly commands run, in local time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scims_backup.domain.errors import UsageError

DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
"""In cron's order, from 0."""
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_HOURS = 24


@dataclass(frozen=True)
class Daily:
    """A time of the day."""

    hour: int
    minute: int

    @classmethod
    def parse(cls, text: str) -> Daily:
        """Read `HH:MM`. Raise UsageError if it is none."""
        found = _TIME.fullmatch(text.strip())
        if not found:
            raise UsageError(f"{text!r} is not a time of the day", "write HH:MM, e.g. 02:00")
        return cls(int(found[1]), int(found[2]))

    def later(self, hours: int) -> tuple[Daily, int]:
        """Return the time some hours later, and how many days later that is."""
        days, hour = divmod(self.hour + hours, _HOURS)
        return Daily(hour, self.minute), days

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"


@dataclass(frozen=True)
class Weekly:
    """A time on a day of the week."""

    day: str
    time: Daily

    @classmethod
    def parse(cls, text: str) -> Weekly:
        """Read `Sun HH:MM`. Raise UsageError if it is none."""
        day, _, time = text.strip().partition(" ")
        known = day[:3].capitalize()
        if known not in DAYS:
            raise UsageError(f"{text!r} does not begin with a day of the week", "write e.g. 'Sun 04:00'")
        return cls(known, Daily.parse(time))

    def later(self, hours: int) -> Weekly:
        """Return the time some hours later."""
        time, days = self.time.later(hours)
        return Weekly(DAYS[(DAYS.index(self.day) + days) % len(DAYS)], time)

    def __str__(self) -> str:
        return f"{self.day} {self.time}"
