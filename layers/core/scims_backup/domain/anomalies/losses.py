"""Tables that lost most of their rows, or all of them, or are gone; and those that came."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median_low

from scims_backup.domain.anomalies.figures import LEAST_ROWS, lasting
from scims_backup.domain.anomalies.usual import NIGHTS, YOUNG, Usual, usuals
from scims_backup.domain.run_record import OTHERS, RunRecord

_FACTOR = 2
_FEWEST = 3
"""With fewer nights before it is unknown whether a table is filled and emptied by a job."""
_HABIT = 2
"""A table that was as empty so many times before, and was filled again each time, is emptied on purpose."""


@dataclass(frozen=True)
class OddTable:
    """A table that lost most of its rows.

    found: None if the table is gone.
    """

    table: str
    expected: int
    found: int | None


def losses(nights: Sequence[RunRecord], uncounted: Collection[str] = ()) -> tuple[OddTable, ...]:
    """Return what the last of some nights, oldest first, has lost, the greatest losses first.

    Three nights suffice, because what is lost in the first week would be the usual by its end; until there
    are seven, only a large table counts.

    uncounted: what is there in the last night, though nothing of it was counted.
    """
    counted = [one for one in nights if one.in_all is not None]
    if len(counted) <= _FEWEST or counted[-1] is not nights[-1]:
        return ()
    *before, newest = counted
    names = {name for one in before[-NIGHTS:] for name in one.counts} - {OTHERS}
    present = names.difference(set(uncounted).difference(newest.counts))
    return tuple(sorted(_lost(before, newest, present), key=_by_loss, reverse=True))


def lossy_nights(nights: Sequence[RunRecord], uncounted: Collection[str] = ()) -> Sequence[RunRecord]:
    """Return the nights in a row, the last included, that have lost all that the last one has."""
    lost = {one.table for one in losses(nights, uncounted)}
    first = len(nights) - 1
    while first and lost <= {one.table for one in losses(nights[:first])}:
        first -= 1
    return nights[first:]


def came(nights: Sequence[RunRecord]) -> tuple[str, ...]:
    """Return the tables that are new in the last night and hold as much as all others used to."""
    *before, newest = nights[-NIGHTS - 1 :]
    totals = [total for one in before if (total := lasting(one)) is not None]
    if len(totals) < YOUNG:
        return ()
    known = {name for one in before for name in one.counts}
    least = max(LEAST_ROWS, median_low(totals))
    return tuple(name for name in sorted(newest.counts) if name not in known and newest.counts[name] >= least)


def _lost(before: Sequence[RunRecord], newest: RunRecord, names: Collection[str]) -> Iterator[OddTable]:
    for name in names:
        found = _count(newest, name)
        expected = median_low([_count(one, name) for one in before[-NIGHTS:]])
        if found * _FACTOR < expected and _is_odd(before, newest, name):
            is_gone = name not in newest.counts and OTHERS not in newest.counts
            yield OddTable(name, expected, None if is_gone else found)


def _is_odd(before: Sequence[RunRecord], newest: RunRecord, name: str) -> bool:
    """Say whether it is out of the habit of a table that it has less than half."""
    series = [(one.began, _count(one, name)) for one in before]
    found, expected = _count(newest, name), median_low([rows for _, rows in series[-NIGHTS:]])
    is_small = expected < LEAST_ROWS
    if is_small and (found or len(series) < YOUNG):
        return False
    habits = [one.counted() for one in usuals(series, newest.began)]
    return (
        all(_is_below(one, found) for one in habits)
        and _dips([rows for _, rows in series], expected) < _HABIT
    )


def _is_below(usual: Usual, found: int) -> bool:
    return found < usual.middle and usual.is_far(found, _FACTOR, 1)


def _dips(rows: Sequence[int], expected: int) -> int:
    """How often a table had less than half of what it usually has, and then more again."""
    runs = [is_low for is_low, _ in groupby(one * _FACTOR < expected for one in rows)]
    return sum(runs[:-1])


def _count(night: RunRecord, name: str) -> int:
    """How much a table held that does not go by itself; at most, where a record names only the largest."""
    if name in night.counts:
        return night.counts[name] - night.expiring.get(name, 0)
    return min(night.counts.values()) if OTHERS in night.counts else 0


def _by_loss(odd: OddTable) -> tuple[int, str]:
    return odd.expected - (odd.found or 0), odd.table
