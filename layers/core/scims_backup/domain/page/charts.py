"""Charts as coordinates: x and y from 0 to 1000, with the same values as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scims_backup.domain.page.drills import drills_of
from scims_backup.domain.page.scale import TIME, Scale, Unit
from scims_backup.domain.page.year import Year
from scims_backup.domain.run_record import RunRecord, RunResult
from scims_backup.domain.status.source_status import time_of_restore

FULL = 1000
"""Width and height of the drawing; the page stretches it."""
_WIDEST_BAR = 12.0
Values = Mapping[date, float]


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


def line_chart(id_: str, title: str, year: Year, unit: Unit, series: Mapping[str, Values]) -> Chart | None:
    """Draw values of nights, by the name of each line; None if there are none."""
    series = {name: values for name, values in series.items() if values}
    if not series:
        return None
    scale = Scale.over(max(max(values.values()) for values in series.values()), unit)
    days = sorted({day for values in series.values() for day in values}, reverse=True)
    return Chart(
        id_,
        title,
        " ".join(_summary(name, values, unit) for name, values in series.items()),
        _y(scale, unit),
        _x(year),
        ("Night", *(name.capitalize() for name in series)),
        tuple((str(day), *(_cell(values.get(day), unit) for values in series.values())) for day in days),
        lines=tuple(Line(name, _path(values, year, scale)) for name, values in series.items()),
    )


def restore_chart(records: Iterable[RunRecord], year: Year, allowed: timedelta | None) -> Chart | None:
    """Draw how long drills took to restore, and to prove, beside the longest that is promised (RTO)."""
    drills = [one for one in drills_of(records) if time_of_restore(one) is not None]
    if not drills:
        return None
    limit = None if allowed is None else allowed.total_seconds()
    scale = Scale.over(max(limit or 0, *(sum(one.seconds.values()) for one in drills)), TIME)
    width = min(_WIDEST_BAR, 0.7 * FULL / len(drills))
    return Chart(
        "restore-time",
        "Restore time of drills",
        _restore_summary(drills, allowed),
        _y(scale, TIME),
        _x(year),
        ("Drill", "Restored after", "With proof", "Verdict"),
        tuple(_drill_row(one, year) for one in reversed(drills)),
        bars=tuple(bar for one in drills for bar in _bars(one, year, scale, width)),
        limit=None if limit is None else Tick(_down(limit, scale) / 10, f"RTO {TIME.write(limit)}"),
    )


def sparkline(values: Sequence[float]) -> str:
    """The path of a line without axes, between the least and the greatest value."""
    if len(values) < 2:  # noqa: PLR2004  a line has two ends
        return ""
    least, most = min(values), max(values)
    across, up = FULL / (len(values) - 1), (most - least) or 1
    points = [f"{across * at:.0f},{900 - 800 * (value - least) / up:.0f}" for at, value in enumerate(values)]
    return "M" + "L".join(points)


def _y(scale: Scale, unit: Unit) -> tuple[Tick, ...]:
    return tuple(Tick(_down(value, scale) / 10, unit.write(value)) for value in scale.marks())


def _x(year: Year) -> tuple[Tick, ...]:
    """One for the first of each month."""
    return tuple(Tick(_across(day, year) / 10, f"{day:%b}") for day in year.days() if day.day == 1)


def _across(day: date, year: Year) -> float:
    return FULL * (day - year.first).days / max((year.today - year.first).days, 1)


def _down(value: float, scale: Scale) -> float:
    return FULL - FULL * value / scale.top


def _path(values: Values, year: Year, scale: Scale) -> str:
    return "".join(_pieces(values, year, scale))


def _pieces(values: Values, year: Year, scale: Scale) -> Iterator[str]:
    """A stretch of nights in a row is one stroke; a single night is a dot."""
    before = None
    for day, value in sorted(values.items()):
        point = f"{_across(day, year):.1f},{_down(value, scale):.1f}"
        joined = before is not None and day - before == timedelta(days=1)
        yield f"L{point}" if joined else f"M{point}h0"
        before = day


def _cell(value: float | None, unit: Unit) -> str:
    return "-" if value is None else unit.write(value)


def _summary(name: str, values: Values, unit: Unit) -> str:
    first, last = min(values), max(values)
    if first == last:
        return f"{name.capitalize()}: {unit.write(values[last])} on {last}."
    least, most = (unit.write(found) for found in (min(values.values()), max(values.values())))
    return (
        f"{name.capitalize()}: {unit.write(values[first])} on {first}, {unit.write(values[last])} on {last}; "
        f"between {least} and {most}."
    )


def _restore_summary(drills: Sequence[RunRecord], allowed: timedelta | None) -> str:
    times = [one for one in map(time_of_restore, drills) if one is not None]
    longest = TIME.write(max(times).total_seconds())
    said = f"{len(times)} drill{'s' * (len(times) != 1)} restored the data; the last took "
    said += f"{TIME.write(times[-1].total_seconds())}, the longest {longest}."
    if allowed is None:
        return f"{said} No restore time is promised (objectives.rto_minutes)."
    over = sum(one > allowed for one in times)
    return f"{said} {over or 'None'} took longer than the {TIME.write(allowed.total_seconds())} promised."


def _drill_row(drill: RunRecord, year: Year) -> tuple[str, ...]:
    took, whole = time_of_restore(drill), sum(drill.seconds.values())
    seconds = None if took is None else took.total_seconds()
    return str(year.day_of(drill.began)), _cell(seconds, TIME), TIME.write(whole), str(drill.result)


def _bars(drill: RunRecord, year: Year, scale: Scale, width: float) -> Iterator[Bar]:
    took = time_of_restore(drill)
    restored, whole = took.total_seconds() if took else 0.0, sum(drill.seconds.values())
    x = min(max(_across(year.day_of(drill.began), year) - width / 2, 0), FULL - width)
    failed = str(drill.result) if drill.result is not RunResult.PASSED else ""
    for part, start, end in (("restore", 0.0, restored), ("proof", restored, whole)):
        top = _down(end, scale)
        yield Bar(
            round(x, 1), round(top, 1), round(width, 1), round(_down(start, scale) - top, 1), part, failed
        )
