"""On which day a source will have stored more than it may, at the pace of the last nights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import combinations
from statistics import median

from scims_backup.domain.anomalies.usual import YOUNG
from scims_backup.domain.run_record import RunRecord

NEAR = timedelta(days=7)
"""So long before that day it is reported."""
PACE_OF = timedelta(days=30)
"""The nights that the pace is taken from."""
_FAR = timedelta(days=3650)
"""Nobody plans further; and a date has an end."""


def quota_day(records: Sequence[RunRecord], quota: int, now: datetime) -> datetime | None:
    """Return when what is stored will reach a quota of bytes; None if never, or if that is not known.

    records: of any kind; those of the last 30 days count that say what was stored afterwards.
    The pace is the median of the paces between any two of them: a night that stored or freed much once does
    not count.
    """
    known = [
        (one.ended, one.stored_in_all)
        for one in records
        if one.stored_in_all is not None and now - PACE_OF <= one.ended <= now
    ]
    if len(known) < YOUNG:
        return None
    last = max(known)[1]
    pace = median(
        (more - less) / (later - earlier).total_seconds()
        for (earlier, less), (later, more) in combinations(sorted(known), 2)
        if later > earlier
    )
    if last >= quota:
        return now
    if pace <= 0 or (quota - last) / pace > _FAR.total_seconds():
        return None
    return max(known)[0] + timedelta(seconds=(quota - last) / pace)
