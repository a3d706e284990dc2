"""The charts of one source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from scims_backup.domain.page.charts import Chart
from scims_backup.domain.page.line_charts import Values, line_chart
from scims_backup.domain.page.nights import completed_backups
from scims_backup.domain.page.restore_chart import restore_chart
from scims_backup.domain.page.scale import BYTES, TIME, counted_in
from scims_backup.domain.page.year import Year
from scims_backup.domain.run_record import RunRecord
from scims_backup.domain.status import SourceStatus


def charts(shown: Sequence[RunRecord], year: Year, status: SourceStatus) -> tuple[Chart, ...]:
    """Draw sizes, durations, restore times and counts; what nothing is known of is left out."""
    taken = {year.day_of(one.began): one for one in completed_backups(shown)}
    sizes = {
        "archive": _known({day: one.bytes for day, one in taken.items()}),
        "added to the vault": _known({day: one.stored_bytes for day, one in taken.items()}),
    }
    counts = {f"{status.unit}s": _known({day: one.in_all for day, one in taken.items()})}
    times = {"backup": {day: _seconds(one) for day, one in taken.items()}}
    drawn = (
        line_chart("sizes", "Size of backups", year, BYTES, sizes),
        line_chart("durations", "Duration of backups", year, TIME, times),
        restore_chart(shown, year, status.promised.restore_time),
        line_chart("counts", f"{status.unit.capitalize()}s in all", year, counted_in(status.unit), counts),
    )
    return tuple(chart for chart in drawn if chart is not None)


def storage_chart(shown: Sequence[RunRecord], year: Year, quota: int | None) -> Chart | None:
    """Draw what all archives take, as prunes have measured it, below the quota."""
    measured = {
        year.day_of(one.began): float(one.stored_in_all)
        for one in sorted(shown, key=lambda one: one.began)
        if one.stored_in_all is not None
    }
    return line_chart("stored", "Stored in all", year, BYTES, {"stored": measured}, quota)


def _known(values: Mapping[date, int | None]) -> Values:
    return {day: float(value) for day, value in values.items() if value is not None}


def _seconds(run: RunRecord) -> float:
    """How long a run took; the moments of a manifest alone say it too."""
    return sum(run.seconds.values()) or max((run.ended - run.began).total_seconds(), 0.0)
