"""The charts of the status page: scales, gaps, the limit, and the same values as a table."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from scims_backup.domain.page import Year
from scims_backup.domain.page.line_charts import line_chart, sparkline
from scims_backup.domain.page.restore_chart import restore_chart
from scims_backup.domain.page.scale import BYTES, TIME, Scale, counted_in
from scims_backup.domain.page.source_charts import storage_chart
from scims_backup.domain.run_record import RunKind, RunResult
from tests.support.status_pages import backup, drill

YEAR = Year(datetime(2026, 11, 29, 16, tzinfo=UTC))
NIGHT = backup(datetime(2026, 11, 22, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("greatest", "unit", "labels"),
    [
        (0, BYTES, ["0 B", "1 B"]),
        (7, BYTES, ["0 B", "2 B", "4 B", "6 B", "8 B"]),
        (24_300_000_000, BYTES, ["0 B", "5.0 GB", "10.0 GB", "15.0 GB", "20.0 GB", "25.0 GB"]),
        (45 * 60, TIME, ["0 s", "10 min", "20 min", "30 min", "40 min", "50 min"]),
        (0.4, TIME, ["0 s", "1 s"]),
        (40 * 86400, TIME, ["0 s", "10 days", "20 days", "30 days", "40 days"]),
        (176_000_000, counted_in("row"), ["0", "50 M", "100 M", "150 M", "200 M"]),
    ],
)
def test_a_scale_has_few_round_numbers_up_to_the_greatest_value(greatest, unit, labels):
    scale = Scale.over(greatest, unit)
    assert [unit.write(mark) for mark in scale.marks()] == labels
    assert scale.top >= greatest


def drawn(values):
    chart = line_chart("sizes", "Size", YEAR, BYTES, {"archive": values})
    assert chart is not None
    return chart


def test_a_line_has_a_gap_where_a_night_has_no_value():
    path = drawn({date(2026, 11, day): 5 for day in (1, 2, 3, 6, 7)}).lines[0].path
    assert [len(re.findall("L", part)) for part in path.split("M")[1:]] == [2, 1]


def test_a_night_between_gaps_is_a_dot():
    assert drawn({date(2026, 11, 29): 5}).lines[0].path == "M1000.0,0.0h0"


def test_the_first_and_the_last_day_lie_at_the_edges():
    path = drawn({YEAR.first: 5, YEAR.today: 5}).lines[0].path
    assert re.findall(r"M([\d.]+),", path) == ["0.0", "1000.0"]


def test_the_table_has_the_values_of_every_line_newest_first():
    values = {"archive": {date(2026, 11, 1): 5e9, date(2026, 11, 2): 6e9}, "added": {date(2026, 11, 2): 1e6}}
    chart = line_chart("sizes", "Size", YEAR, BYTES, values)
    assert chart is not None
    assert chart.columns == ("Night", "Archive", "Added")
    assert chart.rows == (("2026-11-02", "6.0 GB", "1.0 MB"), ("2026-11-01", "5.0 GB", "-"))


def test_what_is_stored_is_drawn_as_prunes_have_measured_it_below_the_quota():
    prune = replace(NIGHT, kind=RunKind.PRUNE, stored_in_all=300)
    later = drill(NIGHT, NIGHT.began + timedelta(hours=1))
    chart = storage_chart([NIGHT, prune, later], YEAR, 400)
    assert chart is not None
    assert chart.rows == (("2026-11-22", "300 B"),)
    assert (chart.limit.label, chart.limit.at) == ("quota 400 B", 0.0) if chart.limit else False
    assert storage_chart([NIGHT], YEAR, 400) is None


def test_there_is_no_chart_without_values():
    assert line_chart("sizes", "Size", YEAR, BYTES, {"archive": {}}) is None
    assert restore_chart([NIGHT], YEAR, None) is None


@pytest.mark.parametrize(
    ("allowed", "says"),
    [
        (None, "No restore time is promised"),
        (timedelta(minutes=30), "None took longer than the 30 min promised."),
        (timedelta(minutes=10), "1 took longer than the 10 min promised."),
    ],
)
def test_the_chart_of_drills_says_how_many_took_longer_than_promised(allowed, says):
    chart = restore_chart([drill(NIGHT, NIGHT.began)], YEAR, allowed)
    assert chart is not None
    assert says in chart.summary
    assert (chart.limit is None) == (allowed is None)


def test_a_drill_is_a_bar_until_it_restored_and_one_of_its_proof_above():
    chart = restore_chart([drill(NIGHT, NIGHT.began, RunResult.FAILED)], YEAR, timedelta(minutes=60))
    assert chart is not None
    restored, proof = chart.bars
    assert restored.y + restored.height == pytest.approx(1000)
    assert proof.y + proof.height == pytest.approx(restored.y)
    assert {bar.result for bar in chart.bars} == {"failed"}
    assert chart.rows == (("2026-11-22", "17 min", "27 min", "failed"),)


def test_a_drill_that_never_restored_is_no_bar():
    stopped = drill(NIGHT, NIGHT.began, RunResult.INCONCLUSIVE, seconds={"start": 41.0})
    assert restore_chart([stopped], YEAR, None) is None


def test_a_bar_of_today_ends_at_the_edge():
    chart = restore_chart([drill(NIGHT, YEAR.now)], YEAR, None)
    assert chart is not None
    assert max(bar.x + bar.width for bar in chart.bars) <= 1000


def test_a_sparkline_goes_from_the_least_to_the_greatest():
    assert sparkline([1, 3, 2]) == "M0,900L500,100L1000,500"
    assert sparkline([2, 2]) == "M0,900L1000,900"
    assert not sparkline([1])
