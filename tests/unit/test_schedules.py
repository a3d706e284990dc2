"""When a schedule starts next, by the expressions of EventBridge Scheduler."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scims_backup.domain.schedules import Schedule, next_runs
from scims_backup.domain.status import NextRun

SUNDAY = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "zone", "starts"),
    [
        ("cron(0 2 * * ? *)", "UTC", "2026-11-30T02:00:00+00:00"),
        ("cron(30 12 * * ? *)", "UTC", "2026-11-29T12:30:00+00:00"),
        ("cron(0 12 * * ? *)", "UTC", "2026-11-30T12:00:00+00:00"),
        ("cron(0 3 ? * SUN *)", "UTC", "2026-12-06T03:00:00+00:00"),
        ("cron(0 3 ? * 1 *)", "UTC", "2026-12-06T03:00:00+00:00"),
        ("cron(0 3 ? * MON-FRI *)", "UTC", "2026-11-30T03:00:00+00:00"),
        ("cron(0 2 * * ? *)", "Europe/Berlin", "2026-11-30T02:00:00+01:00"),
        ("cron(0 2 1 * ? *)", "UTC", "2026-12-01T02:00:00+00:00"),
        ("cron(0 2 1 JAN,jul ? *)", "UTC", "2027-01-01T02:00:00+00:00"),
        ("cron(0/15 * * * ? *)", "UTC", "2026-11-29T12:15:00+00:00"),
        ("cron(0 8-18/4 * * ? *)", "UTC", "2026-11-29T16:00:00+00:00"),
        ("cron(0 2 * * ? 2027)", "UTC", "2027-01-01T02:00:00+00:00"),
        ("cron(0 2 29 2 ? 2026)", "UTC", None),
        ("rate(10 minutes)", "UTC", None),
        ("cron(0 2 L * ? *)", "UTC", None),
        ("cron(0 2 ? * SUN#1 *)", "UTC", None),
        ("cron(0 25 * * ? *)", "UTC", None),
        ("cron(0 2 *)", "UTC", None),
        ("at(2026-12-01T00:00:00)", "UTC", None),
    ],
)
def test_the_next_start_is_the_first_one_that_the_expression_allows(
    expression: str, zone: str, starts: str | None
) -> None:
    found = Schedule(None, "backup", expression, zone).next_after(SUNDAY)
    assert found == (datetime.fromisoformat(starts) if starts else None)


def test_a_schedule_without_a_source_is_of_the_source_that_no_other_names() -> None:
    nightly, weekly = "cron(0 2 * * ? *)", "cron(0 3 ? * SUN *)"
    schedules = [
        Schedule(None, "backup", nightly),
        Schedule(None, "drill", weekly),
        Schedule("redis", "backup", "cron(0 4 * * ? *)"),
        Schedule(None, "backup", "rate(1 day)"),
    ]
    two, four = SUNDAY.replace(day=30, hour=2), SUNDAY.replace(day=30, hour=4)
    drill = SUNDAY.replace(month=12, day=6, hour=3)
    assert next_runs(schedules, "scims-db", SUNDAY) == (NextRun(two, "backup"), NextRun(drill, "drill"))
    assert next_runs(schedules, "redis", SUNDAY) == (NextRun(four, "backup"),)
    assert next_runs([], "scims-db", SUNDAY) == ()
