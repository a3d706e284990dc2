"""Rows that do not change any more: the backups may be of something that nobody writes to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, takewhile

from scims_backup.domain.anomalies.usual import NIGHTS
from scims_backup.domain.run_record import RunRecord

FROZEN = 7
"""A source may rest over some holidays; a week without a single row more or less is odd."""
_LIVELY = 0.8
"""The part of the nights before that must have changed something: others were quiet before, too."""


def frozen_nights(nights: Sequence[RunRecord]) -> int:
    """Return for how many nights in a row the rows have stayed exactly the same; 0 if that is not odd."""
    changed = [one.counts != other.counts for one, other in pairwise(nights)]
    still = len(list(takewhile(lambda has_changed: not has_changed, reversed(changed))))
    before = changed[: len(changed) - still][-NIGHTS:]
    if still < FROZEN or len(before) < NIGHTS or sum(before) < _LIVELY * len(before):
        return 0
    return still
