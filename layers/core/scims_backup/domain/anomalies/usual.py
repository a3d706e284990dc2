"""What is usual of a figure: the median of the nights before, and how far they lie around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median, median_low

NIGHTS = 14
"""Two weeks: a growing source is compared with its recent size, and each weekday is there twice."""
YOUNG = 7
"""With fewer nights the spread is not yet representative."""
WEEKS = 6
"""So many nights of one weekday show how it differs from the others."""
_DEVIATIONS = 3.5
"""Standard deviations from the median, as is usual for outliers by the median absolute deviation."""
_OF_MEDIAN = 1.4826
"""The standard deviation of normal noise, as a multiple of the median absolute deviation."""

Series = Sequence[tuple[datetime, int]]
"""A figure of each night, the oldest first."""


@dataclass(frozen=True)
class Usual:
    """What a figure usually is.

    spread: the standard deviation of its logarithm: noise grows with the figure, and so does what is odd.
    """

    middle: int
    spread: float
    nights: int

    @classmethod
    def of(cls, values: Sequence[int]) -> Usual:
        """Return what is usual among some values, at least one; a few odd ones change little."""
        middle = median_low(values)
        return cls(middle, _spread([_log(value) for value in values], _log(middle)), len(values))

    def shifted(self, shifts: Sequence[float]) -> Usual:
        """The same of nights that differ from all others. shifts: by how much each did, in logarithms."""
        shift = median(shifts)
        middle = round(math.exp(_log(self.middle) + shift)) - 1
        return Usual(max(0, middle), _spread(shifts, shift), self.nights)

    def counted(self) -> Usual:
        """The same of a number of things, which varies by its root even if all nights seem alike."""
        return replace(self, spread=max(self.spread, 1 / math.sqrt(self.middle + 1)))

    def is_far(self, found: int, factor: float, least: int) -> bool:
        """Say whether a figure is out of the habit: by the spread, by a factor and by a difference."""
        away = abs(_log(found) - _log(self.middle))
        is_out = away > max(math.log(factor), _DEVIATIONS * self.spread)
        return is_out and abs(found - self.middle) >= least


def usuals(series: Series, moment: datetime) -> list[Usual]:
    """Return what is usual of the last nights, and of a moment's weekday once there are six of these.

    What is usual by one of the two is not odd: many sources are quiet at weekends. A weekday is known by how
    it differs from the two weeks before it, so that it keeps up with a growing source.
    """
    values = [value for _, value in series]
    recent = Usual.of(values[-NIGHTS:])
    same = [night for night in range(YOUNG, len(series)) if series[night][0].weekday() == moment.weekday()][
        -WEEKS:
    ]
    if len(same) < WEEKS:
        return [recent]
    return [recent, recent.shifted([_shift(values, night) for night in same])]


def _shift(values: Sequence[int], night: int) -> float:
    """By how much a night differs from what was usual before it."""
    return _log(values[night]) - _log(median_low(values[max(0, night - NIGHTS) : night]))


def _spread(logs: Sequence[float], middle: float) -> float:
    return _OF_MEDIAN * median(abs(one - middle) for one in logs)


def _log(value: int) -> float:
    return math.log(value + 1)
