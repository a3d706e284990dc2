"""Until when a policy keeps a backup at least, which bounds its lock: never longer than it is kept."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.kept_until import FOR_EVER, fresh_until, kept_until
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.domain.periods import Age
from scims_backup.domain.retention import Candidate, Policy, plan
from scims_backup.domain.verdict import Verdict

DAY = timedelta(days=1)
SUNDAY = datetime(2026, 11, 22, 2, tzinfo=UTC)
SCIMS = Policy(daily=7, weekly=4, monthly=3)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def backup(moment):
    return BackupId("scims-db", stamp_of(moment))


def nights(newest, count, every=DAY, proven=()):
    moments = [newest - every * n for n in range(count)]
    return [
        Candidate(backup(one), Verdict.PASSED if number in proven else None)
        for number, one in enumerate(moments)
    ]


def bounds(candidates, policy, now):
    found = kept_until(plan(candidates, policy, now).keep, policy, now)
    return {backup.moment: end for backup, end in found.items()}


def test_a_day_s_backup_is_kept_until_the_day_that_is_so_many_later_begins():
    found = bounds(nights(SUNDAY, 7), Policy(daily=7), SUNDAY + timedelta(hours=1))
    assert [found[SUNDAY - DAY * age] for age in range(7)] == [
        at("2026-11-29") - DAY * age for age in range(7)
    ]


def test_backups_that_stopped_are_kept_on_and_on():
    later = SUNDAY + 5 * DAY
    assert bounds(nights(SUNDAY, 7), Policy(daily=7), later)[SUNDAY] == at("2026-12-03")


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (SUNDAY + timedelta(hours=1), at("2026-11-29")),  # its week lasts: a newer one may stand for it
        (SUNDAY + timedelta(days=1, hours=1), at("2026-12-14")),  # the week is over: W47 and three more
    ],
)
def test_a_week_counts_once_it_is_over(now, end):
    since = 1 if now > SUNDAY + DAY else 0
    candidates = nights(SUNDAY + DAY * since, 21, proven=(since,))
    assert bounds(candidates, SCIMS, now)[SUNDAY] == end


def test_a_month_s_backup_is_kept_until_the_month_that_is_so_many_later_begins():
    last = at("2026-10-31 02:00")
    now = at("2026-11-01 03:00")
    assert bounds(nights(last + DAY, 40), SCIMS, now)[last] == at("2027-01-01")


def test_the_oldest_is_kept_until_there_are_so_many_periods():
    found = bounds(nights(SUNDAY, 2), Policy(monthly=3), SUNDAY)
    assert found[SUNDAY - DAY] == at("2027-01-01")


def test_what_only_stands_aside_for_a_newer_one_has_no_bound():
    assert SUNDAY - DAY not in bounds(nights(SUNDAY, 2), Policy(weekly=1), SUNDAY)


@pytest.mark.parametrize(
    ("policy", "end"),
    [
        (Policy(daily=7), at("2026-11-29")),
        (SCIMS, at("2026-11-29")),
        (Policy(hourly=24, daily=7), at("2026-11-23 02:00")),
        (Policy(weekly=4), at("2026-12-14")),
        (Policy(monthly=3), at("2027-02-01")),
        (Policy(yearly=2), at("2028-01-01")),
        (Policy(within=Age.parse("36h")), at("2026-11-23 14:00")),
        (Policy(daily=1, within=Age.parse("1m")), at("2026-12-20 01:00")),
        (Policy(daily=2, zone=ZoneInfo("Europe/Berlin")), at("2026-11-23 23:00")),
        (Policy(monthly=3, within=Age.parse("14d")), at("2026-12-06 01:00")),
        (Policy(last=3), FOR_EVER),
        (Policy(), FOR_EVER),
        (Policy(daily=10**7), FOR_EVER),
    ],
)
def test_a_fresh_backup_is_bound_by_the_shortest_period_and_by_age(policy, end):
    assert fresh_until(SUNDAY, policy) == end


def test_last_is_bound_by_the_rhythm_that_was_seen():
    found = bounds(nights(SUNDAY, 5), Policy(last=5), SUNDAY)
    assert found == {SUNDAY - DAY * n: SUNDAY + DAY * (4 - n) for n in range(4)}


def test_last_says_nothing_of_a_single_backup_or_of_what_goes_next():
    assert bounds(nights(SUNDAY, 1), Policy(last=5), SUNDAY) == {}
    assert bounds(nights(SUNDAY, 5), Policy(last=1), SUNDAY) == {}


def test_without_a_policy_everything_is_kept_for_ever():
    assert set(bounds(nights(SUNDAY, 3), Policy(), SUNDAY).values()) == {FOR_EVER}


def test_a_lock_never_ends_later_than_the_days_that_are_allowed():
    lock = ObjectLock("GOVERNANCE", 35)
    assert timedelta(days=34) < lock.latest(SUNDAY) - SUNDAY < timedelta(days=35)


policies = st.builds(
    Policy,
    daily=st.integers(0, 5),
    weekly=st.integers(0, 3),
    monthly=st.integers(0, 3),
    yearly=st.integers(0, 2),
    within=st.sampled_from([Age(), Age.parse("36h"), Age.parse("9d"), Age.parse("1m3d")]),
    zone=st.sampled_from([UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")]),
).filter(lambda policy: not policy.is_empty and (policy.daily or policy.within))
histories = st.lists(
    st.tuples(st.integers(1, 20), st.sampled_from([None, Verdict.PASSED, Verdict.FAILED])),
    min_size=1,
    max_size=60,
)


@settings(max_examples=150)
@given(policies, histories)
def test_nothing_is_removed_before_its_bound_whenever_backups_come(policy, history):
    """At most one a day, with gaps of any length; verdicts are those that each began with."""
    now = at("2026-02-20 12:00")
    there: list[Candidate] = []
    bound: dict[BackupId, datetime] = {}
    for gap, verdict in history:
        now += DAY * max(1, gap // 3)
        fresh = backup(now)
        bound[fresh] = fresh_until(fresh.moment, policy)
        there.append(Candidate(fresh, verdict))
        planned = plan(there, policy, now)
        for gone in planned.remove:
            assert bound[gone] <= now, (gone, planned)
        there = [one for one in there if one.backup not in planned.remove]
        for one, end in kept_until(planned.keep, policy, now).items():
            bound[one] = max(end, bound[one])


def test_what_survives_the_next_night_s_prune_was_bound_to_that_night_all_year_round():
    """Of a nightly backup with a drill on Sundays, as the stack has it, whatever days are allowed."""
    there: list[Candidate] = []
    bound: dict[BackupId, datetime] = {}
    for night in range(400):
        now = SUNDAY + DAY * night
        there.append(Candidate(backup(now), Verdict.PASSED if night % 7 == 0 else None))
        planned = plan(there, SCIMS, now)
        there = [one for one in there if one.backup not in planned.remove]
        for one in planned.keep:
            in_time = bound.get(one.backup, now) >= now - timedelta(hours=3)
            assert in_time or one.reasons == ("newest proven",), (one, now)
        bound |= kept_until(planned.keep, SCIMS, now)
