"""Reading the plain values of a settings document: numbers, spans of time, sizes."""

from __future__ import annotations

from datetime import timedelta

from scims_backup.ports.settings_keys import Written
from scims_backup.settings.sizes import size_of

MOST_HOURS = 24 * 31


def read_size(written: Written) -> int:
    """Read a size in bytes, such as `500MB`. Raise UsageError if it is none."""
    return size_of(written.text(), str(written))


def read_hours(written: Written) -> timedelta:
    """Read a number of hours. Raise UsageError if it is none, or more than a month."""
    if type(written.value) not in {int, float} or not 0 < written.value <= MOST_HOURS:
        raise written.unusable(f"write a number of hours, up to {MOST_HOURS}")
    return timedelta(hours=written.value)


def read_positive(written: Written) -> float:
    """Read a number greater than 0. Raise UsageError if it is none."""
    if type(written.value) not in {int, float} or not written.value > 0:
        raise written.unusable("write a number greater than 0")
    number: float = written.value
    return number


def read_count(written: Written) -> int:
    """Read how many to keep. Raise UsageError if it is no whole number from 0."""
    if type(written.value) is not int or written.value < 0:
        raise written.unusable("write how many to keep, a whole number from 0")
    number: int = written.value
    return number
