"""What an unchanged policy removes day by day needs nobody; what a thief makes of it does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.much_at_once import Going, much_at_once, surplus, unreplaced
from scims_backup.domain.retention import Age, Candidate, Policy, plan
from scims_backup.domain.verdict import Verdict

BEGIN = datetime(2026, 8, 1, tzinfo=UTC)
DAYS = 100
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SCIMS = Policy(daily=7, weekly=4, monthly=3)
BERLIN = Policy(daily=7, weekly=4, monthly=3, zone=ZoneInfo("Europe/Berlin"))
WITH_HOURS = Policy(hourly=24, daily=7, weekly=4, monthly=3)


def taken(moment, verdict=None, late=False):
    return Candidate(BackupId("scims-db", stamp_of(moment)), verdict, (), moment, late)


def pruned(there, policy, now):
    """What stays after a prune, and why it would need a person."""
    remove = set(plan(there, policy, now).remove)
    proven = {one.backup for one in there if one.verdict is Verdict.PASSED}
    much = much_at_once(
        [Going(one, "") for one in sorted(remove)],
        [],
        len(there),
        unreplaced(there, remove, proven),
        surplus(there, remove, proven, policy.zone, now),
    )
    return [one for one in there if one.backup not in remove], much


def refusals(policy, every, prune_every=DAY, at=timedelta(hours=3, minutes=30), missed=()):
    """Play the days: backups, a drill of the newest each Sunday, and prunes; return what was refused."""
    moments = iter([BEGIN + count * every for count in range(int(DAYS * DAY / every))])
    there, refused, now, coming = list[Candidate](), [], BEGIN + at, next(moments)
    while now < BEGIN + DAYS * DAY:
        while coming is not None and coming <= now:
            is_drilled = coming.weekday() == 6 and coming.hour + every / HOUR >= 24
            there.append(taken(coming, Verdict.PASSED if is_drilled else None))
            coming = next(moments, None)
        if (now - BEGIN).days not in missed:
            there, much = pruned(there, policy, now)
            refused += [(now, why) for why in much]
        now += prune_every
    return refused


@pytest.mark.parametrize("at", [HOUR / 2, 3.5 * HOUR, 13.5 * HOUR, 23.5 * HOUR])
@pytest.mark.parametrize("policy", [SCIMS, BERLIN, WITH_HOURS], ids=["7/4/3", "Berlin", "24+7/4/3"])
@pytest.mark.parametrize("hours", [0.5, 1, 2, 3, 4, 6, 8, 12, 24])
def test_a_daily_prune_needs_nobody_however_often_backups_come(hours, policy, at):
    assert refusals(policy, hours * HOUR, at=at) == []


@pytest.mark.parametrize(
    "policy",
    [
        Policy(daily=2),
        Policy(hourly=48, daily=7),
        Policy(last=48, daily=7),
        Policy(within=Age(days=2), daily=3),
    ],
    ids=["daily=2", "hourly=48", "last=48", "within=2d"],
)
@pytest.mark.parametrize("hours", [1, 4])
def test_a_daily_prune_needs_nobody_whatever_else_is_kept(hours, policy):
    assert refusals(policy, hours * HOUR) == []


@pytest.mark.parametrize("hours", [1, 2, 4, 6])
def test_a_prune_after_each_backup_needs_nobody(hours):
    assert refusals(SCIMS, hours * HOUR, prune_every=hours * HOUR) == []


@pytest.mark.parametrize("hours", [1, 2, 4, 6, 24])
def test_one_prune_that_did_not_run_needs_nobody(hours):
    assert refusals(SCIMS, hours * HOUR, missed=(30, 60)) == []


def test_a_weekly_prune_of_nightly_backups_is_much_as_the_rule_says():
    assert "7 of 18 backups would be removed at once" in {
        why for _, why in refusals(SCIMS, DAY, prune_every=7 * DAY)
    }


def nights(count, verdict=None):
    return [taken(BEGIN + days * DAY + 2 * HOUR, verdict) for days in range(count)]


NOW = BEGIN + 20 * DAY + 3 * HOUR


@pytest.mark.parametrize("count", [4, 7, 10, 20])
def test_another_backup_put_beside_each_night_explains_no_more_than_three_nights(count):
    there = nights(21)[-count:]
    forged = [taken(one.moment + HOUR / 2) for one in there]
    remove = {one.backup for one in there}
    assert surplus([*there, *forged], remove, set(), UTC, NOW) == {one.backup for one in there[-3:]}


@pytest.mark.parametrize("count", [10, 20])
def test_to_push_out_every_night_of_the_policy_at_once_is_much(count):
    there = nights(21)[-count:]
    forged = [taken(one.moment + HOUR / 2) for one in there]
    _, much = pruned([*there, *forged], SCIMS, NOW)
    assert len(much) == 1


def test_a_heap_of_backups_of_today_neither_hides_the_share_nor_explains_other_days():
    there, forged = nights(21)[-10:], [taken(NOW - HOUR / 2 + timedelta(seconds=n)) for n in range(60)]
    _, much = pruned([*there, *forged], Policy(daily=4), NOW)
    assert much[0].startswith("6 of 10 backups")


@pytest.mark.parametrize("policy", [Policy(last=5), Policy(hourly=5)])
def test_where_no_backup_of_a_day_stays_each_of_its_backups_counts(policy):
    hours = [taken(NOW - 30 * HOUR - count * HOUR) for count in range(12)]
    today = [taken(NOW + count * HOUR) for count in range(5)]
    _, much = pruned([*hours, *today], policy, NOW + 5 * HOUR)
    assert much == ("12 of 17 backups would be removed at once",)


def test_a_backup_that_came_late_makes_up_for_none_of_its_day():
    one, late = taken(NOW - HOUR), taken(NOW - 2 * HOUR, late=True)
    assert surplus([one, late], {one.backup}, set(), UTC, NOW) == set()


@pytest.mark.parametrize(("verdict", "explained"), [(Verdict.PASSED, True), (None, False)])
def test_only_a_proven_backup_of_the_day_makes_up_for_a_proven_one(verdict, explained):
    gone, stays = taken(NOW - 2 * HOUR, Verdict.PASSED), taken(NOW - HOUR, verdict)
    assert bool(surplus([gone, stays], {gone.backup}, {gone.backup}, UTC, NOW)) is explained
