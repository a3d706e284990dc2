"""Nights as the sheets of a calendar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from scims_backup.domain.page.nights import Night


@dataclass(frozen=True)
class Month:
    """A month in weeks from Monday to Sunday; None for days of other months and days to come."""

    first: date
    weeks: tuple[tuple[Night | None, ...], ...]


def months(shown: Sequence[Night]) -> tuple[Month, ...]:
    """Lay nights out by month."""
    by_month = defaultdict[date, list[Night]](list)
    for night in shown:
        by_month[night.day.replace(day=1)].append(night)
    return tuple(Month(first, _weeks(found)) for first, found in sorted(by_month.items()))


def _weeks(found: Sequence[Night]) -> tuple[tuple[Night | None, ...], ...]:
    before: list[Night | None] = [None] * found[0].day.weekday()
    cells = [*before, *found]
    cells += [None] * (-len(cells) % 7)
    return tuple(tuple(cells[start : start + 7]) for start in range(0, len(cells), 7))
