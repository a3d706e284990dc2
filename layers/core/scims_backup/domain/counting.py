"""Ages and numbers in words."""

from __future__ import annotations

from datetime import timedelta

_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def age(span: timedelta) -> str:
    """Write how old something is, e.g. `12 days`, `26 hours`."""
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if span >= 2 * unit or unit is _MINUTE:
            return counted(max(span // unit, 0), name)
    raise AssertionError("minutes are the last")


def counted(count: int, what: str) -> str:
    """Write how many there are, e.g. `1 row`, `160,000 rows`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
