"""Rows that do not change any more: the backups may be of something that nobody writes to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scims_backup.domain.anomalies.usual import NIGHTS
from scims_backup.domain.run_record import RunRecord

FROZEN = 7
"""A source may rest over some holidays; a week without a single row more or less is odd."""
_LIVELY = 0.8
"""The part of the nights before that must have changed something: others were quiet before, too."""


def newly_frozen(nights: Sequence[RunRecord]) -> bool:
    """Say whether the last of some nights, oldest first, is the seventh on end with exactly the same rows."""
    changed = [one.counts != other.counts for one, other in pairwise(nights[-FROZEN - NIGHTS - 1 :])]
    before, last = changed[:-FROZEN], changed[-FROZEN:]
    if any(last) or len(before) < NIGHTS or not before[-1]:
        return False
    return sum(before) >= _LIVELY * len(before)
