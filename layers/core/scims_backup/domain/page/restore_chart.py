"""How long the drills of a year took to restore, beside the time that is promised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from scims_backup.domain.page.charts import FULL, Bar, Chart, Tick, across, cell, down, x_axis, y_axis
from scims_backup.domain.page.drills import drills_of
from scims_backup.domain.page.scale import TIME, Scale
from scims_backup.domain.page.year import Year
from scims_backup.domain.run_record import RunRecord, RunResult
from scims_backup.domain.status.source_status import time_of_restore

_WIDEST_BAR = 12.0


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
        y_axis(scale, TIME),
        x_axis(year),
        ("Drill", "Restored after", "With proof", "Verdict"),
        tuple(_drill_row(one, year) for one in reversed(drills)),
        bars=tuple(bar for one in drills for bar in _bars(one, year, scale, width)),
        limit=None if limit is None else Tick(down(limit, scale) / 10, f"RTO {TIME.write(limit)}"),
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
    return str(year.day_of(drill.began)), cell(seconds, TIME), TIME.write(whole), str(drill.result)


def _bars(drill: RunRecord, year: Year, scale: Scale, width: float) -> Iterator[Bar]:
    took = time_of_restore(drill)
    restored, whole = took.total_seconds() if took else 0.0, sum(drill.seconds.values())
    x = min(max(across(year.day_of(drill.began), year) - width / 2, 0), FULL - width)
    failed = str(drill.result) if drill.result is not RunResult.PASSED else ""
    for part, start, end in (("restore", 0.0, restored), ("proof", restored, whole)):
        top = down(end, scale)
        yield Bar(
            round(x, 1), round(top, 1), round(width, 1), round(down(start, scale) - top, 1), part, failed
        )
