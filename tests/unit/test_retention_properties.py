"""Retention: what holds of every history and every policy."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.holds import Hold
from scims_backup.domain.periods import PERIODS
from scims_backup.domain.retention import Age, Candidate, Policy, plan
from scims_backup.domain.verdict import Verdict

pytestmark = (
    pytest.mark.no_cover
)  # tests/unit/test_retention.py covers the rules; tracing takes as long again

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
ZONES = (UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Kiritimati"))
NUMBERS = ("last", *PERIODS)
COUNTS = (0, 0, 0, 1, 1, 2, 3, 9)
VERDICTS = (None, *Verdict)
SPANS = (7200, 4 * 86_400, 60 * 86_400, 10**8)  # seconds: dense within hours and days, sparse over years
HOLDS = ((), (), (), (), (), (), (), (-1,), (0,), (1, 2))  # days from now

many = settings(max_examples=1000)


def _backup(chance):
    ago = chance.randrange(chance.choice(SPANS)) - 600  # a few of them are later than now
    holds = tuple(Hold("operator", NOW + timedelta(days=days)) for days in chance.choice(HOLDS))
    backup = BackupId("scims-db", stamp_of(NOW - timedelta(seconds=ago)))
    return Candidate(backup, chance.choice(VERDICTS), holds)


def _history(seed):
    chance = random.Random(seed)  # noqa: S311  # hypothesis chooses the seed
    found = [_backup(chance) for _ in range(chance.randint(0, 16))]
    return list({one.backup: one for one in found}.values())


def _policy(seed):
    chance = random.Random(seed)  # noqa: S311
    counts: dict[str, Any] = {name: chance.choice(COUNTS) for name in NUMBERS}
    age = [chance.choice((0, chance.randrange(most))) for most in (3, 6, 40, 50)]
    return Policy(**counts, within=chance.choice((Age(), Age(*age))), zone=chance.choice(ZONES))


# From seeds: drawing each part by itself took five times as long, and histories came out short.
seeds = st.integers(0, 2**64)
histories = seeds.map(_history)
policies = seeds.map(_policy)


def kept(history, policy, now=NOW):
    return {one.backup for one in plan(history, policy, now).keep}


def left(history, policy, now=NOW):
    """The history after what may go is gone."""
    staying = kept(history, policy, now)
    return [one for one in history if one.backup in staying]


def past(history):
    return [one for one in history if one.backup.stamp <= stamp_of(NOW)]


def wanted(history, policy, name):
    """The periods that a policy keeps: as many of the last that have a backup as it counts."""
    found = {PERIODS[name](one.backup.moment.astimezone(policy.zone)) for one in past(history)}
    return set(sorted(found, reverse=True)[: getattr(policy, name)])


@many
@given(histories, policies)
def test_the_newest_the_newest_proven_and_what_is_held_are_kept(history, policy):
    by_age = sorted(past(history), key=lambda one: one.backup)
    proven = [one for one in by_age if one.verdict is Verdict.PASSED]
    safe = by_age[-1:] + proven[-1:]
    safe += [one for one in history if any(hold.until >= NOW for hold in one.holds)]
    safe += [one for one in history if one.backup.moment > NOW]
    assert {one.backup for one in safe} <= kept(history, policy)


@many
@given(histories, policies)
def test_every_backup_is_either_kept_or_removed_and_both_are_told_oldest_first(history, policy):
    decided = plan(history, policy, NOW)
    staying = [one.backup for one in decided.keep]
    assert sorted([*staying, *decided.remove]) == sorted(one.backup for one in history)
    assert staying == sorted(staying)
    assert list(decided.remove) == sorted(decided.remove)


@many
@given(histories, policies)
def test_whatever_is_kept_has_reasons_and_each_once(history, policy):
    for one in plan(history, policy, NOW).keep:
        assert one.reasons
        assert all(one.reasons)
        assert len(one.reasons) == len(set(one.reasons))


@many
@given(histories, policies)
def test_a_second_look_keeps_all_that_the_first_kept_and_for_the_same_reasons(history, policy):
    first = plan(history, policy, NOW)
    second = plan(left(history, policy), policy, NOW)
    assert second.keep == first.keep
    assert second.remove == ()


@many
@given(histories.flatmap(lambda history: st.tuples(st.just(history), st.permutations(history))), policies)
def test_the_order_of_the_backups_does_not_matter(orders, policy):
    history, turned = orders
    assert plan(turned, policy, NOW) == plan(history, policy, NOW)


@many
@given(histories, seeds, policies)
def test_a_new_backup_never_removes_the_last_of_a_period_that_the_policy_keeps(history, seed, policy):
    new = _backup(random.Random(seed))  # noqa: S311
    history = [one for one in history if one.backup < new.backup]
    after = left([*left(history, policy), new], policy)
    for name, _ in policy.counts():
        periods = {PERIODS[name](one.backup.moment.astimezone(policy.zone)) for one in after}
        assert wanted([*history, new], policy, name) <= periods


@many
@given(histories, policies)
def test_pruning_after_each_backup_keeps_what_pruning_once_keeps(history, policy):
    policy = replace(policy, within=Age(hours=policy.within.hours))  # not of months: decision 0011 tells why
    by_age = sorted((replace(one, holds=()) for one in past(history)), key=lambda one: one.backup)
    staying: list[Candidate] = []
    for new in by_age:
        staying = left([*staying, new], policy, new.backup.moment)
    assert {one.backup for one in staying} == kept(by_age, policy)


@many
@given(histories, policies, st.sampled_from(NUMBERS), st.integers(1, 9))
def test_a_greater_number_keeps_at_least_the_same(history, policy, name, more):
    assume(not policy.is_empty)  # an empty one keeps all
    generous = replace(policy, **{name: getattr(policy, name) + more})
    assert kept(history, policy) <= kept(history, generous)


@many
@given(histories, policies, st.sampled_from(["years", "months", "days", "hours"]), st.integers(1, 50))
def test_a_greater_age_keeps_at_least_the_same(history, policy, part, more):
    assume(not policy.is_empty)
    within = replace(policy.within, **{part: getattr(policy.within, part) + more})
    assert kept(history, policy) <= kept(history, replace(policy, within=within))


@many
@given(histories, st.sampled_from(ZONES))
def test_an_empty_policy_removes_nothing(history, zone):
    decided = plan(history, Policy(zone=zone), NOW)
    assert decided.remove == ()
    assert all("no retention policy" in one.reasons for one in decided.keep)


@many
@given(histories, policies, st.timedeltas(timedelta(0), timedelta(days=1000)))
def test_without_holds_and_future_a_later_look_decides_the_same(history, policy, later):
    lasting = [replace(one, holds=()) for one in past(history)]
    assert plan(lasting, policy, NOW + later) == plan(lasting, policy, NOW)


# --- restic ---------------------------------------------------------------------------------------


def counted(newest_first, count, name_of):
    """What one of restic's numbers keeps, as its documentation tells: a step at a time, from the newest."""
    staying, before = set(), None
    for at, moment in enumerate(newest_first):
        period = name_of(at, moment)
        if count > 0 and (period != before or at == len(newest_first) - 1):
            staying.add(moment)
            before, count = period, count - 1
    return staying


@many
@given(histories, policies)
def test_without_verdicts_and_in_utc_the_plan_is_that_of_a_restic_since_0_16(history, policy):
    plain = [Candidate(one.backup, None) for one in past(history)]
    assume(plain and not policy.is_empty)
    moments = sorted((one.backup.moment for one in plain), reverse=True)
    expected = counted(moments, policy.last, lambda at, _: at)
    for name, count in policy.counts():
        expected |= counted(moments, count, lambda _, moment, name=name: PERIODS[name](moment))
    since = policy.within.before(moments[0])
    expected |= {moment for moment in moments if policy.within and moment > since}
    decided = kept(plain, replace(policy, zone=UTC))
    assert decided == {BackupId("scims-db", stamp_of(moment)) for moment in expected}
