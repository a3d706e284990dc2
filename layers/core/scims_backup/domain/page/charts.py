"""Charts as coordinates: x and y from 0 to 1000, with the same values as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scims_backup.domain.page.scale import Scale, Unit
from scims_backup.domain.page.year import Year

FULL = 1000
"""Width and height of the drawing; the page stretches it."""


@dataclass(frozen=True)
class Tick:
    """A label of an axis. at: per cent of the axis, from the left or from the top."""

    at: float
    label: str


@dataclass(frozen=True)
class Line:
    """A line of values. path: as SVG writes it, with a gap where there is no value."""

    name: str
    path: str


@dataclass(frozen=True)
class Bar:
    """A bar. part: what it stands for, e.g. `restore`; result: of its run."""

    x: float
    y: float
    width: float
    height: float
    part: str
    result: str


@dataclass(frozen=True)
class Chart:
    """A chart.

    summary: what it shows, in a sentence or two.
    limit: a line that values should stay below.
    columns, rows: the values as a table, newest first.
    """

    id: str
    title: str
    summary: str
    y: tuple[Tick, ...]
    x: tuple[Tick, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[Line, ...] = ()
    bars: tuple[Bar, ...] = ()
    limit: Tick | None = None


def y_axis(scale: Scale, unit: Unit) -> tuple[Tick, ...]:
    """One label for each line of the scale."""
    return tuple(Tick(down(value, scale) / 10, unit.write(value)) for value in scale.marks())


def x_axis(year: Year) -> tuple[Tick, ...]:
    """One for the first of each month."""
    return tuple(Tick(across(day, year) / 10, f"{day:%b}") for day in year.days() if day.day == 1)


def across(day: date, year: Year) -> float:
    """Where a day is, from the left."""
    return FULL * (day - year.first).days / max((year.today - year.first).days, 1)


def down(value: float, scale: Scale) -> float:
    """Where a value is, from the top."""
    return FULL - FULL * value / scale.top


def cell(value: float | None, unit: Unit) -> str:
    """Write a value of the table, which may be unknown."""
    return "-" if value is None else unit.write(value)
