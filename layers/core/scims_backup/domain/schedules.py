"""When a schedule of EventBridge Scheduler starts next."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scims_backup.domain.status import NextRun

_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_CRON = re.compile(r"cron\(([^()]+)\)")
_PART = re.compile(r"(?P<first>\w+|\*|\?)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?")
_AHEAD = 366
"""Days that are searched: a year has every date but one."""
_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
_NAMES: tuple[Mapping[str, int], ...] = (
    {},
    {},
    {},
    {name: number for number, name in enumerate(_MONTHS, 1)},
    {name: number for number, name in enumerate(_DAYS, 1)},
    {},
)


@dataclass(frozen=True)
class Schedule:
    """What starts when.

    source: whose run it is; None for that of the source that no other schedule names.
    what: e.g. `backup`.
    expression: as EventBridge Scheduler writes it, e.g. `cron(0 2 * * ? *)`, in `zone`.
    """

    source: str | None
    what: str
    expression: str
    zone: str = "UTC"

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the next start after a moment.

        None if the schedule does not say: a rate has no first time here, and `L`, `W` and `#` are not read.
        """
        match = _CRON.fullmatch(self.expression)
        fields = match[1].split() if match else []
        if len(fields) != len(_BOUNDS):
            return None
        allowed = [
            _numbers(text, *of) for text, of in zip(fields, zip(_BOUNDS, _NAMES, strict=True), strict=True)
        ]
        if any(one is None for one in allowed):
            return None
        starts = _starts([one for one in allowed if one is not None], moment, ZoneInfo(self.zone))
        return next((start for start in starts if start > moment), None)


def next_runs(schedules: Iterable[Schedule], source: str, now: datetime) -> tuple[NextRun, ...]:
    """Return what schedules start next for a source, the first run first; what is not known is left out."""
    every = list(schedules)
    named = {one.source for one in every}
    own = [one for one in every if one.source == source or (one.source is None and source not in named)]
    starts = ((one.next_after(now), one.what) for one in own)
    return tuple(sorted(NextRun(at, what) for at, what in starts if at is not None))


def _starts(allowed: list[Collection[int]], moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    minutes, hours, *_ = allowed
    first = moment.astimezone(zone).date()
    for day in (first + timedelta(days=number) for number in range(_AHEAD + 1)):
        if _is_on(day, allowed):
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    yield datetime.combine(day, time(hour, minute), zone)


def _is_on(day: date, allowed: list[Collection[int]]) -> bool:
    _, _, days, months, weekdays, years = allowed
    weekday = day.isoweekday() % 7 + 1
    return day.day in days and day.month in months and weekday in weekdays and day.year in years


def _numbers(text: str, bounds: tuple[int, int], names: Mapping[str, int]) -> Collection[int] | None:
    """The numbers that a field of a cron expression allows; None if it is not read."""
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            return None
        low, high = bounds
        if match["first"] not in "*?":
            begin = _number(match["first"], names)
            end = _number(match["last"], names) if match["last"] else begin
            if begin is None or end is None or not bounds[0] <= begin <= end <= bounds[1]:
                return None
            low, high = begin, bounds[1] if match["step"] and not match["last"] else end
        found.update(range(low, high + 1, int(match["step"] or 1) or 1))
    return found


def _number(text: str, names: Mapping[str, int]) -> int | None:
    return int(text) if text.isdigit() else names.get(text.upper())
