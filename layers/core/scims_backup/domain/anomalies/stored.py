"""What the vault adds for each archive: one that no longer recognises what it has adds all of it again."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low

from scims_backup.domain.anomalies.figures import LEAST_BYTES, Compared
from scims_backup.domain.anomalies.usual import NIGHTS, YOUNG
from scims_backup.domain.run_record import RunRecord

_IN_A_ROW = 4
"""A release that rewrites its tables stores much once; so does a large import."""
_FACTOR = 2


def stored_more(nights: Sequence[RunRecord]) -> Compared | None:
    """Return what the last of some nights added, if it and those before it, at least four, added far more.

    After two weeks that is the usual.
    """
    added = [one.stored_bytes for one in nights if one.stored_bytes is not None]
    compared = (_compared(added, in_a_row) for in_a_row in range(_IN_A_ROW, NIGHTS + 1))
    return next((one for one in compared if one is not None), None)


def _compared(added: Sequence[int], in_a_row: int) -> Compared | None:
    """Compare the last nights in a row with those before; None if not each of them added far more.

    What is usual is scattered: a weekend adds a fraction of a release. Double the median is therefore not
    enough: each must add more than all but one of the nights before them, too.
    """
    before, row = added[-in_a_row - NIGHTS : -in_a_row], added[-in_a_row:]
    if len(before) < YOUNG:
        return None
    usual = median_low(before)
    least = max(sorted(before)[-2], usual * _FACTOR, usual + LEAST_BYTES)
    return Compared(usual, row[-1], len(before), is_odd=True) if min(row) > least else None
