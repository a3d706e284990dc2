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


def newly_stored_more(nights: Sequence[RunRecord]) -> Compared | None:
    """Say whether each of the last four nights added more than double the usual, as before none did.

    What is usual is scattered: a weekend adds a fraction of a release. Each of the four must therefore add
    more than all but one of the nights before them, too.
    """
    now = _compared(nights)
    if now is None or not now.is_odd:
        return None
    before = (_compared(nights[:-back]) for back in range(1, _IN_A_ROW + 1))
    return None if any(one and one.is_odd for one in before) else now


def _compared(nights: Sequence[RunRecord]) -> Compared | None:
    added = [one.stored_bytes for one in nights[-NIGHTS - _IN_A_ROW :] if one.stored_bytes is not None]
    before, row = added[:-_IN_A_ROW], added[-_IN_A_ROW:]
    if len(before) < YOUNG:
        return None
    usual = median_low(before)
    least = max(sorted(before)[-2], usual * _FACTOR, usual + LEAST_BYTES)
    return Compared(usual, row[-1], len(before), min(row) > least)
