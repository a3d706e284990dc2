"""Retention: each rule by itself, on the calendar's awkward days."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.errors import UsageError
from scims_backup.domain.holds import Hold
from scims_backup.domain.retention import Age, Candidate, Policy, plan
from scims_backup.domain.verdict import Verdict

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2030, 1, 1, tzinfo=UTC)
PASSED, FAILED, INCONCLUSIVE = Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def candidate(text, verdict=None, *holds):
    return Candidate(BackupId("scims-db", stamp_of(moment(text))), verdict, holds)


def planned(policy, *backups, now=NOW):
    """What is kept, as moments with reasons; backups are moments, or moments with a verdict and holds."""
    known = [candidate(*((one,) if isinstance(one, str) else one)) for one in backups]
    return {f"{one.backup.moment:%F %R}": list(one.reasons) for one in plan(known, policy, now).keep}


def kept(policy, *backups, now=NOW):
    return sorted(planned(policy, *backups, now=now))


def only(name, count):
    """A policy that asks for one thing."""
    return Policy(**{name: count})


# --- what is never removed ------------------------------------------------------------------------


def test_nothing_is_planned_for_a_source_without_backups():
    assert plan([], Policy(last=1), NOW) == plan([], Policy(), NOW)
    assert not plan([], Policy(last=1), NOW).keep


def test_an_empty_policy_removes_nothing():
    assert planned(Policy(), "2026-11-21", ("2026-11-22", PASSED)) == {
        "2026-11-21 00:00": ["no retention policy"],
        "2026-11-22 00:00": ["newest", "newest proven", "no retention policy"],
    }


def test_the_newest_is_kept_although_it_failed():
    assert planned(Policy(weekly=1), "2026-11-21", ("2026-11-22", FAILED))["2026-11-22 00:00"] == ["newest"]


def test_the_newest_proven_is_kept_however_old_it_is():
    assert planned(Policy(last=1), ("2019-01-01", PASSED), ("2019-01-02", PASSED), "2026-11-22") == {
        "2019-01-02 00:00": ["newest proven"],
        "2026-11-22 00:00": ["newest", "last 1"],
    }


@pytest.mark.parametrize("verdict", [None, FAILED, INCONCLUSIVE])
def test_only_a_verdict_of_passed_is_a_proof(verdict):
    assert kept(Policy(last=1), ("2026-11-21", verdict), "2026-11-22") == ["2026-11-22 00:00"]


def test_a_held_backup_is_kept_with_the_name_of_each_holder():
    until = moment("2026-12-22")
    holds = (Hold("operator", until), Hold("audit", until + timedelta(days=1)))
    assert planned(Policy(last=1), ("2026-01-01", None, *holds), "2026-11-22", now=moment("2026-11-23")) == {
        "2026-01-01 00:00": [
            "held by audit until 2026-12-23T00:00:00+00:00",
            "held by operator until 2026-12-22T00:00:00+00:00",
        ],
        "2026-11-22 00:00": ["newest", "last 1"],
    }


@pytest.mark.parametrize(("later", "stays"), [(0, True), (1, False)])
def test_a_hold_lasts_to_its_last_second(later, stays):
    until = moment("2026-12-22")
    backups = (("2026-01-01", None, Hold("operator", until)), "2026-11-22")
    assert (
        "2026-01-01 00:00" in kept(Policy(last=1), *backups, now=until + timedelta(seconds=later))
    ) is stays


def test_a_backup_of_the_future_is_kept_and_takes_no_part():
    policy = Policy(last=1, daily=1, within=Age(hours=1))
    assert planned(policy, "2026-11-21", "2026-11-22", ("2026-11-24", PASSED), now=moment("2026-11-23")) == {
        "2026-11-22 00:00": ["newest", "last 1", "daily 2026-11-22", "within 1h"],
        "2026-11-24 00:00": ["later than now"],
    }


def test_a_held_backup_of_the_future_has_both_reasons():
    hold = Hold("operator", moment("2026-11-23"))
    assert planned(Policy(last=1), ("2026-11-24", None, hold), now=moment("2026-11-23")) == {
        "2026-11-24 00:00": ["later than now", "held by operator until 2026-11-23T00:00:00+00:00"]
    }


def test_a_backup_of_this_very_second_is_no_backup_of_the_future():
    assert planned(Policy(last=1), "2026-11-22", now=moment("2026-11-22")) == {
        "2026-11-22 00:00": ["newest", "last 1"]
    }


def test_nothing_is_removed_when_every_backup_is_of_the_future():
    assert planned(Policy(last=1), "2026-11-22", "2026-11-23", now=moment("2020-01-01")) == {
        "2026-11-22 00:00": ["later than now"],
        "2026-11-23 00:00": ["later than now"],
    }


# --- periods --------------------------------------------------------------------------------------


def test_each_number_counts_backups_or_periods_that_have_one():
    backups = ("2026-11-20 10:00", "2026-11-22 10:00", "2026-11-22 10:30", "2026-11-22 12:00")
    assert kept(Policy(last=2), *backups) == ["2026-11-22 10:30", "2026-11-22 12:00"]
    assert kept(Policy(hourly=2), *backups) == ["2026-11-22 10:30", "2026-11-22 12:00"]
    assert kept(Policy(daily=2), *backups) == ["2026-11-20 10:00", "2026-11-22 12:00"]


def test_a_backup_has_a_reason_from_each_rule_that_keeps_it():
    policy = Policy(1, 1, 1, 1, 1, 1, Age.parse("14d"))
    assert planned(policy, ("2026-11-22 02:00", PASSED)) == {
        "2026-11-22 02:00": [
            "newest",
            "newest proven",
            "last 1",
            "hourly 2026-11-22 02h",
            "daily 2026-11-22",
            "weekly 2026-W47 (proven)",
            "monthly 2026-11 (proven)",
            "yearly 2026 (proven)",
            "within 14d",
        ]
    }


def test_the_oldest_is_kept_while_a_number_is_not_reached():
    backups = ("2026-11-22 01:00", "2026-11-22 02:00", "2026-11-22 03:00")
    assert planned(Policy(daily=2), *backups)["2026-11-22 01:00"] == ["oldest, fewer than 2 daily"]
    assert kept(Policy(daily=2), *backups) == ["2026-11-22 01:00", "2026-11-22 03:00"]
    assert kept(Policy(daily=1), *backups) == ["2026-11-22 03:00"]
    assert kept(Policy(daily=2), "2026-11-21", *backups) == ["2026-11-21 00:00", "2026-11-22 03:00"]


@pytest.mark.parametrize("period", ["weekly", "monthly", "yearly"])
@pytest.mark.parametrize(
    ("first", "second"),
    [(PASSED, None), (PASSED, FAILED), (PASSED, INCONCLUSIVE), (None, FAILED), (INCONCLUSIVE, FAILED)],
)
def test_the_better_verdict_stands_for_a_long_period(period, first, second):
    backups = (("2026-11-17", first), ("2026-11-18", second), ("2027-11-22", PASSED))
    assert kept(only(period, 2), *backups) == ["2026-11-17 00:00", "2027-11-22 00:00"]


@pytest.mark.parametrize("period", ["weekly", "monthly", "yearly"])
@pytest.mark.parametrize(
    ("first", "second"),
    [(PASSED, PASSED), (None, INCONCLUSIVE), (INCONCLUSIVE, None), (FAILED, FAILED), (FAILED, None)],
)
def test_of_equal_verdicts_the_newer_stands_for_a_long_period(period, first, second):
    backups = (("2026-11-17", first), ("2026-11-18", second), ("2027-11-22", PASSED))
    assert kept(only(period, 2), *backups) == ["2026-11-18 00:00", "2027-11-22 00:00"]


@pytest.mark.parametrize("verdict", [None, FAILED, INCONCLUSIVE])
def test_only_what_is_proven_is_called_so(verdict):
    assert planned(Policy(weekly=1), ("2026-11-22", verdict)) == {
        "2026-11-22 00:00": ["newest", "weekly 2026-W47"]
    }


@pytest.mark.parametrize("period", ["hourly", "daily"])
def test_the_newest_stands_for_an_hour_or_a_day_whatever_its_verdict(period):
    backups = (("2026-11-17 01:10", PASSED), ("2026-11-17 01:20", FAILED), ("2027-11-22", PASSED))
    assert kept(only(period, 2), *backups) == ["2026-11-17 01:20", "2027-11-22 00:00"]


def test_weeks_are_iso_weeks_at_the_turn_of_the_year():
    assert planned(Policy(weekly=3), "2020-12-27", "2020-12-28", "2021-01-03", "2021-01-04") == {
        "2020-12-27 00:00": ["weekly 2020-W52"],
        "2021-01-03 00:00": ["weekly 2020-W53"],
        "2021-01-04 00:00": ["newest", "weekly 2021-W01"],
    }


def test_a_leap_day_is_a_day_and_ends_its_month():
    backups = ("2028-02-28", "2028-02-29", "2028-03-01")
    assert kept(Policy(daily=3), *backups) == ["2028-02-28 00:00", "2028-02-29 00:00", "2028-03-01 00:00"]
    assert kept(Policy(monthly=2), *backups) == ["2028-02-29 00:00", "2028-03-01 00:00"]


def test_months_and_years_end_with_their_last_second():
    backups = ("2026-12-31 00:00", "2026-12-31 23:59:59", "2027-01-01 00:00")
    for policy in (Policy(monthly=2), Policy(yearly=2), Policy(daily=2)):
        assert kept(policy, *backups) == ["2026-12-31 23:59", "2027-01-01 00:00"]


# --- time zones -----------------------------------------------------------------------------------


def test_days_months_and_years_begin_in_the_policys_zone():
    backups = ("2026-12-31 22:30", "2026-12-31 23:30")  # the second is on 1 January in Berlin
    for period in ("daily", "monthly", "yearly"):
        assert len(kept(only(period, 1), *backups)) == 1
        assert len(planned(replace(only(period, 2), zone=BERLIN), *backups)) == 2
    assert planned(Policy(yearly=2, zone=BERLIN), *backups)["2026-12-31 23:30"] == ["newest", "yearly 2027"]


def test_a_day_of_23_hours_is_one_day():
    backups = ("2026-03-28 22:59", "2026-03-28 23:00", "2026-03-29 21:59", "2026-03-29 22:00")
    assert planned(Policy(daily=3, zone=BERLIN), *backups) == {
        "2026-03-28 22:59": ["daily 2026-03-28"],
        "2026-03-29 21:59": ["daily 2026-03-29"],
        "2026-03-29 22:00": ["newest", "daily 2026-03-30"],
    }


def test_a_day_of_25_hours_is_one_day_with_25_hours():
    start = moment("2026-10-24 22:00")
    backups = [f"{start + timedelta(hours=hour):%F %R}" for hour in range(25)]
    assert planned(Policy(daily=1, zone=BERLIN), *backups).keys() == {backups[-1]}
    hours = planned(Policy(hourly=25, zone=BERLIN), *backups)
    assert len(hours) == 25
    assert hours[backups[2]] == ["hourly 2026-10-25 02h"]
    assert hours[backups[3]] == ["hourly 2026-10-25 02h again"]


# --- within ---------------------------------------------------------------------------------------


def test_within_reaches_back_from_the_newest_not_from_now():
    assert kept(Policy(within=Age(hours=36)), "2019-01-01 00:00", "2019-01-01 12:01", "2019-01-03 00:00") == [
        "2019-01-01 12:01",
        "2019-01-03 00:00",
    ]


def test_a_backup_exactly_as_old_as_within_says_goes():
    backups = ("2026-11-08", "2026-11-08 00:00:01", "2026-11-22")
    assert planned(Policy(within=Age(days=14)), *backups) == {
        "2026-11-08 00:00": ["within 14d"],
        "2026-11-22 00:00": ["newest", "within 14d"],
    }
    assert len(plan([candidate(one) for one in backups], Policy(within=Age(days=14)), NOW).remove) == 1


@pytest.mark.parametrize(
    ("age", "newest", "since"),
    [
        ("1m", "2026-03-31", "2026-03-03"),
        ("1m", "2028-03-31", "2028-03-02"),
        ("1m1d", "2026-03-31", "2026-03-02"),
        ("1y", "2028-02-29", "2027-03-01"),
        ("4y", "2028-02-29", "2024-02-29"),
        ("13m", "2026-01-15", "2024-12-15"),
        ("1y6m14d36h", "2026-11-22", "2025-05-06 12:00"),
        ("9999y", "2026-11-22", "0001-01-01"),
        ("999999999h", "2026-11-22", "0001-01-01"),
        ("999999999y999999999m", "2026-11-22", "0001-01-01"),
    ],
)
def test_an_age_goes_back_by_the_calendar_as_restic_does(age, newest, since):
    assert Age.parse(age).before(moment(newest)) == moment(since)


def test_days_of_an_age_are_days_of_the_zone_and_hours_are_hours():
    newest = datetime(2026, 3, 29, 12, tzinfo=BERLIN)  # on the day of 23 hours
    assert Age(days=1).before(newest) == datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    assert Age(hours=24).before(newest) == datetime(2026, 3, 28, 11, tzinfo=BERLIN)


# --- words and mistakes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("36h", Age(hours=36)),
        ("14d", Age(days=14)),
        ("1y6m", Age(1, 6)),
        ("6m1y", Age(1, 6)),
        ("2y0m3d4h", Age(2, 0, 3, 4)),
        ("0d", Age()),
    ],
)
def test_an_age_is_read_and_written(text, age):
    assert Age.parse(text) == age
    assert Age.parse(str(age)) == age


@pytest.mark.parametrize("text", ["", "14", "d", "14w", "-1d", "1d 2h", "1.5d", "1d2d", "14D", "1d\n", "٣d"])
def test_what_is_no_age_is_refused_with_a_cure(text):
    with pytest.raises(UsageError, match=r"is not a valid age \(use years, months, days and hours"):
        Age.parse(text)


def test_an_age_of_nothing_is_false_and_asks_for_nothing():
    assert not Age.parse("0d")
    assert Policy(within=Age.parse("0h")).is_empty
    assert not Policy(within=Age(hours=1)).is_empty


@pytest.mark.parametrize("name", ["last", "hourly", "daily", "weekly", "monthly", "yearly"])
def test_a_number_below_zero_is_refused(name):
    assert not only(name, 1).is_empty
    with pytest.raises(UsageError, match="use whole numbers from 0"):
        only(name, -1)


def test_an_age_below_zero_is_refused():
    with pytest.raises(UsageError, match="use whole numbers from 0"):
        Age(days=-1)


def test_backups_of_two_sources_are_refused():
    with pytest.raises(ValueError, match="of several sources: a, b"):
        plan([Candidate(BackupId(name, "20261122T020000Z"), None) for name in "ba"], Policy(last=1), NOW)


def test_a_backup_that_comes_twice_is_refused():
    with pytest.raises(ValueError, match="listed twice"):
        plan([candidate("2026-11-22"), candidate("2026-11-22", PASSED)], Policy(last=1), NOW)


# --- archives that came late ----------------------------------------------------------------------


def _late(text, verdict=None):
    return replace(candidate(text, verdict), late=True)


@pytest.mark.parametrize("name", ["hourly", "daily", "weekly", "monthly", "yearly"])
def test_a_late_archive_stands_for_no_period_that_another_backup_stands_for(name):
    known = [candidate("2026-11-18 10:10"), _late("2026-11-18 10:50"), candidate("2027-12-30")]
    stays = {one.backup for one in plan(known, only(name, 2), NOW).keep}
    assert known[0].backup in stays
    assert known[1].backup not in stays


def test_a_late_archive_stands_for_a_period_that_nothing_else_stands_for():
    known = [_late("2026-11-18"), candidate("2026-11-19")]
    assert len(plan(known, Policy(daily=2), NOW).keep) == 2


def test_a_late_archive_that_was_proven_stands_before_one_that_was_not():
    known = [candidate("2026-11-17"), _late("2026-11-18", PASSED), candidate("2026-12-30")]
    stays = {one.backup: one.reasons for one in plan(known, Policy(weekly=2), NOW).keep}
    assert "weekly 2026-W47 (proven)" in stays[known[1].backup]


def test_where_all_archives_are_late_as_in_a_copied_vault_the_policy_is_as_ever():
    days = ("2026-11-18", "2026-11-19", "2026-11-20")
    assert [one.backup for one in plan(map(_late, days), Policy(daily=2), NOW).keep] == [
        candidate(day).backup for day in days[1:]
    ]
