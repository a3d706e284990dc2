"""Retention decides as `restic forget` does, but for the differences of docs/decisions/0011."""

import json
import os
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.periods import PERIODS
from scims_backup.domain.retention import Age, Candidate, Policy, plan
from scims_backup.domain.verdict import Verdict
from tests.support.databases import restic_place

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

HOSTS, SNAPSHOTS, POLICIES = 20, 15, 100
NOW = datetime(2026, 1, 1, tzinfo=UTC)  # before the clock's, after all snapshots but one
BERLIN = ZoneInfo("Europe/Berlin")
_CHANCE = random.Random(20261122)  # noqa: S311  # the same histories and policies each time
_STEPS = (
    timedelta(seconds=1),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=9),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
    timedelta(days=31),
    timedelta(days=200),
)


def _history():
    """Moments with bursts and gaps; a history prefers some steps, so that some are dense and some sparse."""
    preferred = _CHANCE.sample(_STEPS, 4)
    moments = [datetime(2019, 1, 1, tzinfo=UTC) + timedelta(minutes=_CHANCE.randrange(500_000))]
    while len(moments) < SNAPSHOTS:
        step = _CHANCE.choice(preferred) * _CHANCE.uniform(0.5, 1.5)
        moments.append((moments[-1] + step + timedelta(seconds=1)).replace(microsecond=0))
    return moments


def _policy():
    counts: dict[str, Any] = {
        name: _CHANCE.choice((0, 0, _CHANCE.randint(1, 9))) for name in ("last", *PERIODS)
    }
    ages = [_CHANCE.choice((0, 0, _CHANCE.randint(1, most))) for most in (2, 14, 40, 60)]
    policy = Policy(**counts, within=Age(*ages) if _CHANCE.random() < 1 / 3 else Age())
    return _policy() if policy.is_empty else policy


def _utc(*texts):
    return [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in texts]


RANDOM = {f"random-{number}": _history() for number in range(HOSTS)}
MIDNIGHT = _utc("2025-01-09 12:00", "2025-01-10 22:30", "2025-01-10 23:30")  # the last is the 11th in Berlin
WEEKS = _utc(
    "2020-12-27 12:00", "2020-12-28 12:00", "2020-12-31 12:00", "2021-01-03 12:00", "2021-01-04 12:00"
)
MONTH_ENDS = _utc("2025-03-03 12:00:00", "2025-03-03 12:00:01", "2025-03-31 12:00")
SHOWN = {
    "midnight-utc": MIDNIGHT,
    "midnight-berlin": MIDNIGHT,
    "weeks": WEEKS,
    "month-ends": MONTH_ENDS,
    "future": [*MONTH_ENDS, datetime(2099, 1, 1, tzinfo=UTC)],
}


class Restic:
    """A repository that has one snapshot for each moment of each host."""

    def __init__(self, folder):
        place = restic_place(folder)
        self._environment = {**os.environ, **place.environment}
        with ThreadPoolExecutor(2) as both:
            every = [(host, at) for host, moments in (RANDOM | SHOWN).items() for at in moments]
            list(both.map(lambda pair: self._back_up(*pair), every))

    def _run(self, *arguments, zone="UTC", **options):
        environment = {**self._environment, "TZ": zone}
        command = ["restic", "--no-cache", "--json", *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, **options).stdout

    def _back_up(self, host, moment):
        zone = "Europe/Berlin" if host == "midnight-berlin" else "UTC"
        local = moment.astimezone(ZoneInfo(zone))
        options = ("--host", host, "--time", f"{local:%Y-%m-%d %H:%M:%S}")
        self._run("backup", "--stdin", *options, zone=zone, input=b"x")

    def kept(self, policy):
        """The moments that restic would keep, by host."""
        options = [f"--keep-{name}={getattr(policy, name)}" for name in ("last", *PERIODS)]
        options += [f"--keep-within={policy.within}"] if policy.within else []
        said = self._run("forget", "--dry-run", "--no-lock", "--group-by=host", *options)
        return {group["host"]: _moments(group["keep"]) for group in json.loads(said)}


def _moments(snapshots):
    return {datetime.fromisoformat(one["time"]).astimezone(UTC) for one in snapshots}


@pytest.fixture(scope="module")
def restic(tmp_path_factory):
    return Restic(tmp_path_factory.mktemp("restic"))


@pytest.fixture(scope="module")
def knows_oldest(restic):
    """Whether this restic keeps the oldest snapshot while a number is not reached: since 0.16."""
    return min(MONTH_ENDS) in restic.kept(Policy(yearly=2))["month-ends"]


@pytest.fixture(scope="module")
def ours(knows_oldest):
    """Give what the plan keeps, but for what it keeps by a rule that this restic does not have."""

    def kept(moments, policy, verdicts=None):
        decided = _plan(moments, policy, verdicts)
        return {
            one.backup.moment
            for one in decided.keep
            if knows_oldest or not all(reason.startswith("oldest") for reason in one.reasons)
        }

    return kept


def _plan(moments, policy, verdicts=None):
    known = verdicts or {}
    return plan([Candidate(BackupId("a", stamp_of(at)), known.get(at)) for at in moments], policy, NOW)


def test_a_plan_keeps_what_restic_keeps(restic, ours):
    policies = [_policy() for _ in range(POLICIES)]
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(restic.kept, policies))
    pairs = [
        (policy, host, kept[host]) for policy, kept in zip(policies, answers, strict=True) for host in RANDOM
    ]
    assert len(pairs) == POLICIES * HOSTS
    assert [(policy, host) for policy, host, kept in pairs if ours(RANDOM[host], policy) != kept] == []
    assert all(max(RANDOM[host]) in kept for _, host, kept in pairs)


@pytest.mark.parametrize(
    ("host", "policy"),
    [
        ("weeks", Policy(weekly=2)),
        ("weeks", Policy(weekly=3)),
        ("month-ends", Policy(within=Age(months=1))),
        ("month-ends", Policy(within=Age(months=1, days=1))),
        ("month-ends", Policy(within=Age(years=3000))),
    ],
)
def test_weeks_and_ages_are_those_of_restic(restic, ours, host, policy):
    assert ours(SHOWN[host], policy) == restic.kept(policy)[host]


def test_an_oldest_backup_is_kept_as_by_newer_restics(restic, knows_oldest):
    policy = Policy(yearly=2)
    (oldest, *_) = _plan(MONTH_ENDS, policy).keep
    assert (oldest.backup.moment, oldest.reasons) == (MONTH_ENDS[0], ("oldest, fewer than 2 yearly",))
    assert (MONTH_ENDS[0] in restic.kept(policy)["month-ends"]) is knows_oldest


def test_the_policys_zone_counts_where_restic_takes_each_snapshots_own(restic, ours):
    in_utc, in_berlin = Policy(daily=2), Policy(daily=2, zone=BERLIN)
    kept = restic.kept(in_utc)
    assert kept["midnight-utc"] == ours(MIDNIGHT, in_utc) == {MIDNIGHT[0], MIDNIGHT[2]}
    assert kept["midnight-berlin"] == ours(MIDNIGHT, in_berlin) == {MIDNIGHT[1], MIDNIGHT[2]}


def test_a_proven_backup_stands_for_its_week_where_restic_takes_the_newest(restic, ours):
    policy = Policy(weekly=2)
    proven = WEEKS[1]
    assert restic.kept(policy)["weeks"] == {WEEKS[3], WEEKS[4]}
    assert ours(WEEKS, policy, {proven: Verdict.PASSED}) == {proven, WEEKS[4]}


def test_a_backup_of_the_future_does_not_count_where_it_is_the_newest_for_restic(restic, ours):
    policy = Policy(last=1)
    *_, newest, future = SHOWN["future"]
    assert restic.kept(policy)["future"] == {future}
    assert ours(SHOWN["future"], policy) == {newest, future}
