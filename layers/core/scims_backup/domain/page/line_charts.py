"""Lines of values over the nights of a year, and small ones without axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from scims_backup.domain.page.charts import FULL, Chart, Line, Tick, across, cell, down, x_axis, y_axis
from scims_backup.domain.page.scale import Scale, Unit
from scims_backup.domain.page.year import Year

Values = Mapping[date, float]


def line_chart(
    id_: str, title: str, year: Year, unit: Unit, series: Mapping[str, Values], limit: float | None = None
) -> Chart | None:
    """Draw values of nights, by the name of each line; None if there are none. limit: not to be exceeded."""
    series = {name: values for name, values in series.items() if values}
    if not series:
        return None
    scale = Scale.over(max(limit or 0, *(max(values.values()) for values in series.values())), unit)
    days = sorted({day for values in series.values() for day in values}, reverse=True)
    return Chart(
        id_,
        title,
        " ".join(_summary(name, values, unit) for name, values in series.items()),
        y_axis(scale, unit),
        x_axis(year),
        ("Night", *(name.capitalize() for name in series)),
        tuple((str(day), *(cell(values.get(day), unit) for values in series.values())) for day in days),
        lines=tuple(Line(name, _path(values, year, scale)) for name, values in series.items()),
        limit=None if limit is None else Tick(down(limit, scale) / 10, f"quota {unit.write(limit)}"),
    )


def sparkline(values: Sequence[float]) -> str:
    """The path of a line without axes, between the least and the greatest value."""
    if len(values) < 2:  # noqa: PLR2004  a line has two ends
        return ""
    least, most = min(values), max(values)
    across, up = FULL / (len(values) - 1), (most - least) or 1
    points = [f"{across * at:.0f},{900 - 800 * (value - least) / up:.0f}" for at, value in enumerate(values)]
    return "M" + "L".join(points)


def _path(values: Values, year: Year, scale: Scale) -> str:
    return "".join(_pieces(values, year, scale))


def _pieces(values: Values, year: Year, scale: Scale) -> Iterator[str]:
    """A stretch of nights in a row is one stroke; a single night is a dot."""
    before = None
    for day, value in sorted(values.items()):
        point = f"{across(day, year):.1f},{down(value, scale):.1f}"
        joined = before is not None and day - before == timedelta(days=1)
        yield f"L{point}" if joined else f"M{point}h0"
        before = day


def _summary(name: str, values: Values, unit: Unit) -> str:
    first, last = min(values), max(values)
    if first == last:
        return f"{name.capitalize()}: {unit.write(values[last])} on {last}."
    least, most = (unit.write(found) for found in (min(values.values()), max(values.values())))
    return (
        f"{name.capitalize()}: {unit.write(values[first])} on {first}, {unit.write(values[last])} on {last}; "
        f"between {least} and {most}."
    )
