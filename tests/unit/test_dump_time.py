"""How long a dump is predicted to take, and where it runs therefore."""

from datetime import timedelta

import pytest

from scims_backup.domain.dump_time import Pace, Where, fits_function, predicted, where_to_run

GB = 1_000_000_000
MINUTES = 60
BY_FUNCTION = Pace(GB, 3 * MINUTES, Where.FUNCTION)
BY_TASK = Pace(GB, 3 * MINUTES, Where.TASK)


@pytest.mark.parametrize(
    ("size", "past", "minutes"),
    [
        pytest.param(6 * GB, [], 10, id="the first run: from the size alone"),
        pytest.param(0, [], 0, id="an empty source"),
        pytest.param(GB, [BY_FUNCTION], 3, id="as the last one"),
        pytest.param(2 * GB, [BY_FUNCTION], 6, id="a source that has grown"),
        pytest.param(GB, [BY_FUNCTION, Pace(GB, 5 * MINUTES)], 5, id="as the slowest"),
        pytest.param(GB, [BY_TASK], 6, id="a function is slower than a task"),
        pytest.param(60 * GB, [Pace(GB, 600 * MINUTES)], 100, id="one that was much smaller says nothing"),
        pytest.param(GB, [Pace(0, 600 * MINUTES)], GB / 10_000_000 / 60, id="a size that was not known"),
        pytest.param(GB, [Pace(GB, -1)], GB / 10_000_000 / 60, id="a document that lies"),
        pytest.param(GB, [Pace(1, 1e300), Pace(GB, 1e300)], 1e6 / 60, id="a document that exaggerates"),
        pytest.param(GB, [BY_TASK, Pace(GB, 14 * MINUTES, Where.FUNCTION)], 14, id="a deadline was met"),
    ],
)
def test_a_dump_is_predicted_by_what_can_be_compared_else_cautiously(size, past, minutes):
    assert predicted(size, past) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minutes", "where", "fits"),
    [
        (3, Where.FUNCTION, True),
        (10, Where.FUNCTION, True),
        (10.1, Where.TASK, True),
        (13, Where.TASK, True),
        (13.1, Where.TASK, False),
        (20, Where.TASK, False),
    ],
)
def test_beyond_ten_minutes_a_task_is_preferred_and_beyond_thirteen_needed(minutes, where, fits):
    prediction = timedelta(minutes=minutes)
    assert (where_to_run(prediction), fits_function(prediction)) == (where, fits)
