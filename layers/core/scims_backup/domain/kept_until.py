"""Until when a retention policy keeps a backup at least: for so long its objects may be locked.

The answer is a lower bound: a lock that outlived the policy's wish would have each prune refused where a
store lets nothing locked be deleted. It supposes that verdicts stay as they are, that no more than one
backup is taken in the shortest period that the policy counts, and, for `last`, that none come faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from scims_backup.domain.backup import BackupId
from scims_backup.domain.periods import PERIODS, Age, Policy
from scims_backup.domain.retention import Kept

FOR_EVER = datetime.max.replace(tzinfo=UTC)

_Ends = Iterator[tuple[BackupId, datetime]]


def kept_until(keep: Sequence[Kept], policy: Policy, now: datetime) -> dict[BackupId, datetime]:
    """Say of what a plan keeps until when it stays at least; nothing is said of what may go at any moment.

    keep: all that the plan keeps, with its reasons. Of what is kept as newest, as newest proven or by a hold
    nobody knows for how long.
    """
    if policy.is_empty:
        return {one.backup: FOR_EVER for one in keep}
    ends: dict[BackupId, datetime] = {}
    for backup, end in _ends(keep, policy, now):
        if end > now:
            ends[backup] = max(end, ends.get(backup, end))
    return ends


def fresh_until(moment: datetime, policy: Policy) -> datetime:
    """Say until when a backup of a moment is kept at least that is being taken.

    A policy that only counts backups (`last`) says nothing about time: then for ever.
    """
    ends = []
    if shortest := _shortest(policy):
        ends.append(_later(shortest, moment.astimezone(policy.zone), getattr(policy, shortest)))
    if policy.within:
        ends.append(_at_least_after(moment, policy.within))
    return max(ends, default=FOR_EVER)


def _ends(keep: Sequence[Kept], policy: Policy, now: datetime) -> _Ends:
    for name, count in policy.counts():
        yield from _by_period(keep, name, count, policy, now)
    yield from _by_number(keep, policy.last, now)
    if policy.within:
        found = (one.backup for one in keep if _is_kept_as(one, f"within {policy.within}"))
        yield from ((backup, _at_least_after(backup.moment, policy.within)) for backup in found)


def _by_period(keep: Sequence[Kept], name: str, count: int, policy: Policy, now: datetime) -> _Ends:
    """What stands for a period goes when `count` later ones have a backup, the first as soon as can be.

    While a period lasts, a newer backup may come to stand for it: only the shortest counts before it is over.
    """
    local = now.astimezone(policy.zone)
    standing = dict(sorted(_standing(keep, name, policy), reverse=True))
    present = PERIODS[name](local)
    first = 1 if present in standing else 0
    for newer, (period, backup) in enumerate(standing.items()):
        if period != present or name == _shortest(policy):
            yield backup, _later(name, local, first + count - newer - 1)
    for one in keep:
        if _is_kept_as(one, f"oldest, fewer than {count} {name}"):
            yield one.backup, _later(name, local, first + count - len(standing) - 1)


def _standing(keep: Iterable[Kept], name: str, policy: Policy) -> Iterator[tuple[str, BackupId]]:
    for one in keep:
        period = PERIODS[name](one.backup.moment.astimezone(policy.zone))
        if _is_kept_as(one, f"{name} {period}") or _is_kept_as(one, f"{name} {period} (proven)"):
            yield period, one.backup


def _by_number(keep: Sequence[Kept], last: int, now: datetime) -> _Ends:
    """The k-th newest goes with the backup after `last - k` more, which come no faster than they did."""
    newest_first = [
        one for one in reversed(keep) if any(reason.startswith("last ") for reason in one.reasons)
    ]
    moments = sorted(one.backup.moment for one in newest_first)
    gap = min((later - earlier for earlier, later in pairwise(moments)), default=timedelta())
    for number, one in enumerate(newest_first, 1):
        yield one.backup, now + (last - number) * gap


def _is_kept_as(one: Kept, reason: str) -> bool:
    return reason in one.reasons


def _shortest(policy: Policy) -> str | None:
    """The period that a backup is taken to stand for at once; beside `within` it is no longer than a day."""
    name = next((name for name, _ in policy.counts()), None)
    return None if policy.within and name not in {"hourly", "daily"} else name


def _later(name: str, local: datetime, count: int) -> datetime:
    """Return the start of the period that is this many after a moment's own; 0: its own."""
    try:
        return _BEGINNINGS[name](local, count).astimezone(UTC)
    except (ValueError, OverflowError):  # beyond the calendar
        return FOR_EVER


def _hour(local: datetime, count: int) -> datetime:
    begun = local.replace(minute=0, second=0, microsecond=0)
    return begun.astimezone(UTC) + timedelta(hours=count)


def _day(local: datetime, count: int) -> datetime:
    return _midnight(local.date() + timedelta(days=count), local)


def _week(local: datetime, count: int) -> datetime:
    return _midnight(local.date() + timedelta(days=7 * count - local.weekday()), local)


def _month(local: datetime, count: int) -> datetime:
    years, month = divmod(local.month - 1 + count, 12)
    return _midnight(date(local.year + years, month + 1, 1), local)


def _year(local: datetime, count: int) -> datetime:
    return _midnight(date(local.year + count, 1, 1), local)


def _midnight(day: date, local: datetime) -> datetime:
    return datetime.combine(day, time(), local.tzinfo)


_BEGINNINGS: Mapping[str, Callable[[datetime, int], datetime]] = {
    "hourly": _hour,
    "daily": _day,
    "weekly": _week,
    "monthly": _month,
    "yearly": _year,
}


def _at_least_after(moment: datetime, age: Age) -> datetime:
    """Return the earliest moment at which something can be so old: in short months, a clock put forward."""
    days = 365 * age.years + 28 * age.months + age.days
    try:
        return moment + timedelta(days=days, hours=age.hours - (1 if days else 0))
    except OverflowError:
        return FOR_EVER
