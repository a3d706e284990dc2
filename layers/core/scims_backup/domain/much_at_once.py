"""Much at once: what no prune removes before a person has confirmed the very plan that was shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from scims_backup.domain.backup import BackupId
from scims_backup.domain.retention import Candidate
from scims_backup.domain.verdict import Verdict

MOST = 3
"""This many may be removed in one run, however few backups there are."""
_SHARE = 3
"""More than one in this many is much."""
_RECENT = timedelta(days=3)
"""So old at most is what a daily prune takes of many a day: kept for two days, or a prune was missed."""


@dataclass(frozen=True, order=True)
class Going:
    """An archive due for removal.

    ref: the vault's name for it, empty if its document cannot be read.
    """

    backup: BackupId
    ref: str


def digest_of(going: Iterable[Going]) -> str:
    """The digest by which a plan is confirmed: of what goes, in any order, whatever the time."""
    lines = sorted(f"{one.backup} {one.ref}\n" for one in going)
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:32]


def much_at_once(
    backups: Sequence[Going],
    left: Sequence[Going],
    in_all: int,
    unreplaced: Sequence[BackupId],
    surplus: AbstractSet[BackupId] = frozenset(),
) -> tuple[str, ...]:
    """Say why a plan needs a person; nothing if it needs none.

    backups: that would be removed.
    left: archives of dead runs that would be removed.
    in_all: how many backups count, including those that would be removed.
    unreplaced, surplus: what the functions of these names return.
    """
    reasons = []
    counted, of = sum(one.backup not in surplus for one in backups), in_all - len(surplus)
    if counted > MOST and counted * _SHARE > of:
        beside = f" (in addition to {len(surplus)} from days that keep another backup)" if surplus else ""
        reasons.append(f"{counted} of {of} backups would be removed at once{beside}")
    if len(left) > MOST:
        reasons.append(f"{len(left)} archives left behind by failed runs would be removed at once")
    reasons += [f"{one} is proven, and no newer proven backup replaces it" for one in unreplaced]
    return tuple(reasons)


def unreplaced(
    candidates: Sequence[Candidate], remove: AbstractSet[BackupId], once_proven: AbstractSet[BackupId]
) -> list[BackupId]:
    """Return the proven backups that go though no newer proven one stays.

    once_proven: whatever any drill has proven: to protect, less evidence is enough than to replace.
    """
    staying = [one.moment for one in candidates if one.verdict is Verdict.PASSED and one.backup not in remove]
    return [
        one.backup
        for one in candidates
        if one.backup in remove
        and one.backup in once_proven
        and not any(moment > one.moment for moment in staying)
    ]


def surplus(
    candidates: Sequence[Candidate],
    remove: AbstractSet[BackupId],
    once_proven: AbstractSet[BackupId],
    zone: tzinfo,
    now: datetime,
) -> set[BackupId]:
    """Return the recent backups that go though their day keeps another: the ordinary course of a day.

    Of many backups a day each prune takes most. Older ones are no ordinary surplus, since an earlier prune
    took that: a thief who puts another backup beside each of them has all of them counted. once_proven: as
    above; only a proven backup of the day makes up for such a one.
    """

    def day(one: Candidate) -> date:
        return one.backup.moment.astimezone(zone).date()

    staying = [one for one in candidates if one.backup not in remove and not one.late]
    days = {day(one) for one in staying}
    proven_days = {day(one) for one in staying if one.verdict is Verdict.PASSED}
    return {
        one.backup
        for one in candidates
        if one.backup in remove
        and now - one.moment <= _RECENT
        and day(one) in (proven_days if one.backup in once_proven else days)
    }
