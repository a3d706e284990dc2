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
"""So many nights of one weekday are compared among themselves too."""
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
        away = median(abs(_log(value) - _log(middle)) for value in values)
        return cls(middle, _OF_MEDIAN * away, len(values))

    def counted(self) -> Usual:
        """The same of a number of things, which varies by its root even if all nights seem alike."""
        return replace(self, spread=max(self.spread, 1 / math.sqrt(self.middle + 1)))

    def is_far(self, found: int, factor: float, least: int) -> bool:
        """Say whether a figure is out of the habit: by the spread, by a factor and by a difference."""
        away = abs(_log(found) - _log(self.middle))
        is_out = away > max(math.log(factor), _DEVIATIONS * self.spread)
        return is_out and abs(found - self.middle) >= least


def usuals(series: Series, moment: datetime) -> list[Usual]:
    """Return what is usual of the last nights, and of the nights of a moment's weekday once there are six.

    What is usual by one of the two is not odd: many sources are quiet at weekends.
    """
    recent = [value for _, value in series[-NIGHTS:]]
    same = [value for at, value in series if at.weekday() == moment.weekday()][-WEEKS:]
    return [Usual.of(values) for values in (recent, same if len(same) == WEEKS else ()) if values]


def _log(value: int) -> float:
    return math.log(value + 1)
