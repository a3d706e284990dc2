"""Retention: which backups of a source stay, each with its reasons, and which may go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain.backup import BackupId
from scims_backup.domain.holds import Hold
from scims_backup.domain.periods import PERIODS, Age, Policy
from scims_backup.domain.verdict import Verdict

__all__ = ["Age", "Candidate", "Kept", "Plan", "Policy", "plan"]

_RANKS = {Verdict.PASSED: 0, None: 1, Verdict.INCONCLUSIVE: 1, Verdict.FAILED: 2}
# For an hour or a day its last state is wanted; for longer periods any state of it, so rather a proven one.
_BY_VERDICT = {"weekly", "monthly", "yearly"}


@dataclass(frozen=True)
class Candidate:
    """What the catalog knows about one backup.

    verdict: of its drills, None if there was none
    taken: when its snapshot was, None for its stamp's moment
    late: its archive came long after that, so it stands for no time that another backup stands for
    """

    backup: BackupId
    verdict: Verdict | None
    holds: tuple[Hold, ...] = ()
    taken: datetime | None = None
    late: bool = False

    @property
    def moment(self) -> datetime:
        """When its snapshot was taken: the order of backups is that of their snapshots."""
        return self.taken or self.backup.moment


@dataclass(frozen=True)
class Kept:
    """A backup that stays, and why."""

    backup: BackupId
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What stays and what may go, both oldest first."""

    keep: tuple[Kept, ...]
    remove: tuple[BackupId, ...]


_Reason = tuple[BackupId, str]
_Dated = tuple[Candidate, datetime]  # its stamp's moment, in the policy's zone


def plan(backups: Iterable[Candidate], policy: Policy, now: datetime) -> Plan:
    """Decide about all backups of one source. Raise ValueError if they are of several, or one comes twice."""
    newest_first = sorted(backups, key=lambda one: (one.moment, one.backup), reverse=True)
    _check(newest_first)
    reasons = defaultdict[BackupId, list[str]](list)
    for backup, reason in _reasons(newest_first, policy, now):
        reasons[backup].append(reason)
    oldest_first = [one.backup for one in reversed(newest_first)]
    return Plan(
        tuple(Kept(backup, tuple(reasons[backup])) for backup in oldest_first if backup in reasons),
        tuple(backup for backup in oldest_first if backup not in reasons),
    )


def _check(backups: Sequence[Candidate]) -> None:
    sources = {one.backup.source for one in backups}
    if len(sources) > 1:
        raise ValueError(f"backups of several sources: {', '.join(sorted(sources))}")
    if len({one.backup for one in backups}) < len(backups):
        raise ValueError("a backup is listed twice")


def _reasons(newest_first: Sequence[Candidate], policy: Policy, now: datetime) -> Iterator[_Reason]:
    past = [one for one in newest_first if one.moment <= now]
    yield from ((one.backup, "later than now") for one in newest_first if one.moment > now)
    yield from _newest(past)
    yield from _held(newest_first, now)
    if policy.is_empty:
        yield from ((one.backup, "no retention policy") for one in newest_first)
    elif past:
        yield from _by_policy(past, policy)


def _newest(past: Sequence[Candidate]) -> Iterator[_Reason]:
    yield from ((one.backup, "newest") for one in past[:1])
    proven = [one for one in past if one.verdict is Verdict.PASSED]
    yield from ((one.backup, "newest proven") for one in proven[:1])


def _held(backups: Sequence[Candidate], now: datetime) -> Iterator[_Reason]:
    for one in backups:
        yield from ((one.backup, f"held by {hold}") for hold in sorted(one.holds) if hold.until >= now)


def _by_policy(past: Sequence[Candidate], policy: Policy) -> Iterator[_Reason]:
    """Count by snapshots what is counted by age or number, and by stamps what has a place in the calendar."""
    yield from ((one.backup, f"last {number}") for number, one in enumerate(past[: policy.last], 1))
    by_stamp = sorted(past, key=lambda one: one.backup, reverse=True)
    nights = [(one, one.backup.moment.astimezone(policy.zone)) for one in by_stamp]
    for name, count in policy.counts():
        yield from _by_period(nights, name, count)
    if policy.within:
        since, reason = (
            policy.within.before(past[0].moment.astimezone(policy.zone)),
            f"within {policy.within}",
        )
        yield from ((one.backup, reason) for one in past if one.moment > since)


def _by_period(past: Sequence[_Dated], name: str, count: int) -> Iterator[_Reason]:
    periods = defaultdict[str, list[Candidate]](list)
    for one, local in past:
        periods[PERIODS[name](local)].append(one)
    standing = {period: _standing(periods[period], name) for period in sorted(periods, reverse=True)[:count]}
    for period, one in standing.items():
        proven = " (proven)" if name in _BY_VERDICT and one.verdict is Verdict.PASSED else ""
        yield one.backup, f"{name} {period}{proven}"
    oldest = past[-1][0]
    if len(periods) < count and oldest not in standing.values():
        yield oldest.backup, f"oldest, fewer than {count} {name}"


def _standing(newest_first: Sequence[Candidate], name: str) -> Candidate:
    """The backup that stands for a period; of equals, min takes the first, whose stamp is the latest."""
    if name in _BY_VERDICT:
        return min(newest_first, key=lambda one: (_RANKS[one.verdict], one.late))
    return min(newest_first, key=lambda one: one.late)
