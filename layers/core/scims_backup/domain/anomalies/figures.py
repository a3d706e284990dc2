"""The figures of a night that are compared with the nights before: its size, its seconds, its rows in all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scims_backup.domain.anomalies.usual import YOUNG, Usual, usuals
from scims_backup.domain.run_record import RunRecord

LEAST_ROWS = 1000
"""Smaller tables (look-up lists, queues) may lose half in a day; a smaller total is not reported."""
LEAST_BYTES = 1 << 20
"""A smaller difference is never reported: the dump of an empty schema doubles with a few rows."""
_LEAST_SECONDS = 30
"""What a function's start or a busy server costs."""


@dataclass(frozen=True)
class Figure:
    """A figure, and what is odd about it besides being out of its own spread.

    factor, least: how many times as much, and how much more; or less, unless it is odd only upwards.
    """

    of: Callable[[RunRecord], int | None]
    factor: float
    least: int
    only_upwards: bool = False


@dataclass(frozen=True)
class Compared:
    """A figure of the last of some nights, and what it usually is: the median of `nights` before it."""

    expected: int
    found: int
    nights: int
    is_odd: bool


def _seconds(night: RunRecord) -> int:
    return round(sum(night.seconds.values()))


def lasting(night: RunRecord) -> int | None:
    """What a night counted in all, without what goes by itself."""
    return None if night.in_all is None else night.in_all - sum(night.expiring.values())


SIZE = Figure(lambda night: night.bytes, 1.5, LEAST_BYTES)
DURATION = Figure(_seconds, 4, _LEAST_SECONDS, only_upwards=True)
IN_ALL = Figure(lasting, 2, LEAST_ROWS)


def compared(figure: Figure, nights: Sequence[RunRecord], needed: int = YOUNG) -> Compared | None:
    """Compare the last of some nights, oldest first, with those before; None while these are too few.

    needed: so many are enough, though fewer than seven say little of the spread.
    """
    series = [(one.began, value) for one in nights if (value := figure.of(one)) is not None]
    if not nights or figure.of(nights[-1]) is None or len(series) <= needed:
        return None
    moment, found = series[-1]
    habits = usuals(series[:-1], moment)
    is_odd = all(_is_odd(figure, one, found) for one in habits)
    return Compared(habits[0].middle, found, habits[0].nights, is_odd)


def odd(figure: Figure, nights: Sequence[RunRecord]) -> Compared | None:
    """As `compared`, if the figure is odd; else None."""
    found = compared(figure, nights)
    return found if found and found.is_odd else None


def _is_odd(figure: Figure, usual: Usual, found: int) -> bool:
    if figure.only_upwards and found < usual.middle:
        return False
    return usual.is_far(found, figure.factor, figure.least)
