"""A row of small bars."""

from __future__ import annotations

from collections.abc import Iterable

_BARS = "▁▂▃▄▅▆▇█"
_NONE = "!"


def sparkline(values: Iterable[int | None]) -> str:
    """Write amounts as bars, and an exclamation mark where there is none.

    The bars begin at zero, so that half as much is half as high.
    """
    amounts = list(values)
    most = max((amount for amount in amounts if amount), default=0)
    return "".join(_NONE if amount is None else _bar(amount, most) for amount in amounts)


def _bar(amount: int, most: int) -> str:
    return _BARS[amount * (len(_BARS) - 1) // most if most else 0]
