"""Moments as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from scims_backup.domain.errors import UsageError


def moment_typed(text: str, option: str) -> datetime:
    """Read a moment with its offset from UTC, e.g. `2026-11-22T02:00:00Z`. Raise UsageError if it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(
            f"{option} {text!r} is not a valid time",
            "write date, time and offset: 2026-11-22T02:00:00Z or …+01:00",
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise UsageError(
            f"{option} {text!r} is out of range", "give a time between the years 1 and 9999"
        ) from None


def end_typed(text: str, option: str) -> datetime:
    """Read a moment, or a date, whose last second (UTC) is meant. Raise UsageError if it is neither."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return moment_typed(text, option)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1, seconds=-1)
