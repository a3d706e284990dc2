"""What a retention policy counts: backups, periods of the calendar, and age."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from scims_backup.domain.errors import UsageError

_PART = re.compile(r"([0-9]{1,9})([ymdh])")
_AGE = re.compile(rf"({_PART.pattern})+")
_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Age:
    """How long ago, by calendar: `36h`, `14d`, `1y6m`; false if it is nothing at all."""

    years: int = 0
    months: int = 0
    days: int = 0
    hours: int = 0

    def __post_init__(self) -> None:
        if min(astuple(self)) < 0:
            raise UsageError(f"the age {self} has a negative part", "use whole numbers from 0")

    def __bool__(self) -> bool:
        return any(astuple(self))

    def __str__(self) -> str:
        parts = zip(astuple(self), "ymdh", strict=True)
        return "".join(f"{number}{unit}" for number, unit in parts if number) or "0h"

    @classmethod
    def parse(cls, text: str) -> Age:
        """Read an age as the user types it. Raise UsageError if it is none, as the empty text is."""
        parts = {unit: int(number) for number, unit in _PART.findall(text)}
        if not _AGE.fullmatch(text) or len(parts) < len(_PART.findall(text)):
            raise UsageError(
                f"{text!r} is not a valid age", "use years, months, days and hours, each once: 36h, 14d, 1y6m"
            )
        return cls(parts.get("y", 0), parts.get("m", 0), parts.get("d", 0), parts.get("h", 0))

    def before(self, moment: datetime) -> datetime:
        """Go back by this age on the moment's own calendar; 31 February is 3 March, as for restic."""
        try:
            months = (moment.year - self.years) * 12 + moment.month - 1 - self.months
            first = date(months // 12, months % 12 + 1, 1)
            day = first + timedelta(moment.day - 1 - self.days)
            return datetime.combine(day, moment.timetz()).astimezone(UTC) - timedelta(hours=self.hours)
        except (ValueError, OverflowError):  # further back than the calendar goes: every backup is younger
            return _BEGINNING


def _hour(local: datetime) -> str:
    again = " again" if local.fold else ""  # a day of 25 hours has two of the same name
    return f"{local.date()} {local.hour:02}h{again}"


def _day(local: datetime) -> str:
    return str(local.date())


def _week(local: datetime) -> str:
    year, week, _ = local.isocalendar()
    return f"{year:04}-W{week:02}"


def _month(local: datetime) -> str:
    return f"{local.year:04}-{local.month:02}"


def _year(local: datetime) -> str:
    return f"{local.year:04}"


# How each period is named: later periods have greater names.
PERIODS: Mapping[str, Callable[[datetime], str]] = {
    "hourly": _hour,
    "daily": _day,
    "weekly": _week,
    "monthly": _month,
    "yearly": _year,
}


@dataclass(frozen=True)
class Policy:
    """How many backups to keep, and of how many periods one each.

    within: keep all that are younger than the newest by less than this
    zone: where days, weeks … begin
    """

    last: int = 0
    hourly: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0
    within: Age = field(default_factory=Age)
    zone: tzinfo = UTC

    def __post_init__(self) -> None:
        if min(self.last, *self._counts.values()) < 0:
            raise UsageError("a retention policy has a negative number", "use whole numbers from 0")

    @property
    def is_empty(self) -> bool:
        """Say whether it asks for nothing; then nothing is removed."""
        return not (self.last or self.within or any(self._counts.values()))

    @property
    def _counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in PERIODS}

    def counts(self) -> Iterator[tuple[str, int]]:
        """The periods that it keeps, and how many of each."""
        return ((name, count) for name, count in self._counts.items() if count)
