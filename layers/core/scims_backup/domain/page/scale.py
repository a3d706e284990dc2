"""The scale of a chart's values: from 0 to a round number, with few round numbers between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from scims_backup.domain.alert.texts import size
from scims_backup.domain.health_rules import span

_MOST_STEPS = 5
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


@dataclass(frozen=True)
class Unit:
    """What values are.

    name: of the column of the table.
    write: a value for people.
    steps: distances between two lines of the scale that read well, ascending.
    """

    name: str
    write: Callable[[float], str]
    steps: Callable[[], Iterator[float]]


@dataclass(frozen=True)
class Scale:
    """From 0 to `top`, in steps."""

    step: float
    top: float

    @classmethod
    def over(cls, greatest: float, unit: Unit) -> Scale:
        """The scale that holds values up to the greatest."""
        step = next((one for one in unit.steps() if one * _MOST_STEPS >= greatest), greatest)
        steps = max(-(-greatest // step), 1)
        return cls(step, step * steps)

    def marks(self) -> list[float]:
        """The values at which it has lines."""
        return [self.step * number for number in range(round(self.top / self.step) + 1)]


def _decimal() -> Iterator[float]:
    return (digit * 10.0**power for power in count() for digit in (1, 2, 5))


def _of_time() -> Iterator[float]:
    yield from _SECONDS
    yield from (86400 * days for days in _decimal() if days > 1)


BYTES = Unit("bytes", lambda value: size(round(value)), _decimal)
TIME = Unit("duration", lambda value: span(timedelta(seconds=value)), _of_time)


def counted_in(unit: str) -> Unit:
    """Counts of something, e.g. rows."""
    return Unit(f"{unit}s", short, _decimal)


def short(value: float) -> str:
    """Write a count in few characters, e.g. `1.2 M`."""
    for limit, name in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.3g} {name}"
    return f"{value:.0f}"
