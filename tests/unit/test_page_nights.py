"""The calendar of the status page: what each night came to."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.domain.page import Mark, Year, months, nights
from scims_backup.domain.retention import Kept
from scims_backup.domain.run_record import RunResult
from tests.support.status_pages import backup, drill

NOW = datetime(2026, 11, 29, 16, 0, tzinfo=UTC)
DAY, AGE = timedelta(days=1), timedelta(hours=26)
FAILED, INCONCLUSIVE, PASSED = RunResult.FAILED, RunResult.INCONCLUSIVE, RunResult.PASSED


def at(day, hour=2, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def by_day(records, kept=(), year=None, age=AGE):
    return {night.day: night for night in nights(records, kept, year or Year(NOW), age)}


def mark(records, day, **more):
    return by_day(records, **more)[date(2026, 11, day)].mark


def taken(*days, hour=2):
    return [backup(at(day, hour)) for day in days]


def failed(day, hour=2):
    return backup(at(day, hour), backup=None, result=FAILED, reason="disk full")


GOOD = backup(at(28))


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param([GOOD], Mark.TAKEN, id="a backup without a drill"),
        pytest.param([GOOD, drill(GOOD, at(28, 3))], Mark.PROVEN, id="its drill passed"),
        pytest.param([GOOD, drill(GOOD, at(28, 3), FAILED)], Mark.FAILED, id="its drill failed"),
        pytest.param([GOOD, drill(GOOD, at(28, 3), INCONCLUSIVE)], Mark.TAKEN, id="its drill could not look"),
        pytest.param(
            [GOOD, drill(GOOD, at(28, 3)), drill(GOOD, at(29, 3), INCONCLUSIVE)],
            Mark.PROVEN,
            id="a later drill could not look",
        ),
        pytest.param(
            [GOOD, drill(GOOD, at(28, 3)), drill(GOOD, at(29, 3), FAILED)],
            Mark.FAILED,
            id="a later drill failed",
        ),
        pytest.param([failed(28)], Mark.FAILED, id="the only run failed"),
        pytest.param([failed(28), backup(at(28, 4))], Mark.TAKEN, id="the second run of the night completed"),
        pytest.param(
            [GOOD, backup(at(28, 4)), drill(GOOD, at(28, 5), FAILED)],
            Mark.TAKEN,
            id="one of two backups of the night failed its drill",
        ),
        pytest.param(taken(27, 29), Mark.MISSING, id="between two backups"),
        pytest.param(taken(27, 29, hour=23), Mark.MISSING, id="between two backups of late evenings"),
        pytest.param(taken(29), Mark.NONE, id="before the first backup"),
        pytest.param([], Mark.NONE, id="nothing is known"),
        pytest.param([*taken(27), failed(28), *taken(29)], Mark.FAILED, id="a failed run is not missing"),
    ],
)
def test_what_a_night_came_to(records, expected):
    assert mark(records, 28) is expected


def test_a_night_with_two_runs_says_what_both_came_to():
    night = by_day([failed(28), backup(at(28, 4))])[date(2026, 11, 28)]
    assert night.says == ("02:00 failed: disk full", "04:00 completed, 24.0 GB, not drilled")


def test_today_is_not_missing_before_the_backup_is_overdue():
    assert mark(taken(28), 29, age=timedelta(hours=48)) is Mark.NONE
    assert mark(taken(28), 29) is Mark.MISSING


def test_weekly_backups_leave_no_night_missing():
    found = by_day(taken(8, 15, 22, 29), age=8 * DAY)
    assert {found[date(2026, 11, day)].mark for day in range(9, 15)} == {Mark.NONE}


def test_a_weekly_backup_is_missing_from_the_day_on_which_it_was_due():
    found = by_day(taken(8, 22), age=8 * DAY)
    missing = [day.day for day, night in found.items() if night.mark is Mark.MISSING]
    assert missing == list(range(15, 22))


def test_a_day_of_25_hours_is_not_missing():
    zone = ZoneInfo("Europe/Berlin")
    began = [datetime(2026, 10, day, 2, tzinfo=zone).astimezone(UTC) for day in (24, 25, 26)]
    found = by_day([backup(one) for one in began], year=Year(NOW, zone))
    assert {found[date(2026, 10, day)].mark for day in (24, 25, 26)} == {Mark.TAKEN}


def test_a_night_is_a_day_of_the_time_zone_and_not_of_utc():
    tokyo = Year(NOW, ZoneInfo("Asia/Tokyo"))
    found = by_day([backup(at(27, 16)), backup(at(28, 14))], year=tokyo)
    assert found[date(2026, 11, 27)].mark is Mark.NONE
    assert found[date(2026, 11, 28)].says == (
        "01:00 completed, 24.0 GB, not drilled",
        "23:00 completed, 24.0 GB, not drilled",
    )


def test_a_leap_year_has_29_february():
    year = Year(datetime(2028, 3, 1, 12, tzinfo=UTC))
    assert date(2028, 2, 29) in year.days()
    assert len(year.days()) == 367, "from 1 March 2027 to 1 March 2028"


def test_the_year_of_29_february_begins_a_year_before():
    assert Year(datetime(2028, 2, 29, 12, tzinfo=UTC)).first == date(2027, 2, 1)


def test_what_is_kept_stands_at_the_night_in_which_it_was_taken():
    """A run that is repeated for an earlier time has that time's stamp."""
    late = backup(at(28), backup="scims-db-20261125T020000Z")
    kept = [Kept(BackupId.parse("scims-db-20261125T020000Z"), ("newest", "daily 2026-11-28"))]
    found = by_day([late], kept)
    assert found[date(2026, 11, 28)].kept == ("newest", "daily 2026-11-28")
    assert found[date(2026, 11, 25)].kept == ()


def test_a_backup_of_the_future_is_not_in_the_calendar():
    assert {night.mark for night in by_day([backup(NOW + 2 * DAY)]).values()} == {Mark.NONE}


def test_months_are_whole_weeks_from_monday_with_nothing_after_today():
    shown = months(nights([], (), Year(NOW), AGE))
    assert [month.first for month in shown][:: len(shown) - 1] == [date(2025, 11, 1), date(2026, 11, 1)]
    assert all(len(week) == 7 for month in shown for week in month.weeks)
    november = [night.day.day if night else 0 for week in shown[-1].weeks for night in week]
    assert november == [*[0] * 6, *range(1, 30)], "1 November 2026 is a Sunday"
