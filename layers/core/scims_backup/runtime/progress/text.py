"""How sizes, counts, times and names are written for people."""

from __future__ import annotations

from datetime import UTC, datetime

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_THOUSAND = 1000
_ROUNDS_TO_THOUSAND = 999.5
_ROUNDS_TO_TEN = 9.95
"""Below this one decimal is worth its place."""
_MINUTE = 60
_HOUR = 3600


def size(count: float) -> str:
    """Write a number of bytes with a decimal unit, e.g. `1.2 GB`."""
    for unit in _UNITS[:-1]:
        if count < _ROUNDS_TO_THOUSAND:
            return _scaled(count, unit)
        count /= _THOUSAND
    return _scaled(count, _UNITS[-1])


def _scaled(count: float, unit: str) -> str:
    one_decimal = count < _ROUNDS_TO_TEN and unit != _UNITS[0]
    return f"{count:.1f} {unit}" if one_decimal else f"{count:.0f} {unit}"


def number(count: float) -> str:
    """Write a count with separators, e.g. `13,000,000`."""
    return f"{count:,.0f}"


def duration(seconds: float) -> str:
    """Write a duration, e.g. `0.8 s`, `42 s`, `3 min 05 s` or `1 h 12 min`."""
    if seconds < _ROUNDS_TO_TEN:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} min"


def moment(at: datetime) -> str:
    """Write a moment in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def printable(text: str) -> str:
    """Write control characters out: names of objects must not steer the reader's terminal."""
    return "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in text)
