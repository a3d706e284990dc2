"""A year of nights for three shapes of source: quiet while all is well, and every fault is found."""

from datetime import datetime, timedelta

import pytest

from scims_backup.domain.anomalies import anomalies, told
from scims_backup.domain.events import Kind
from scims_backup.domain.manifest import clock_went_back
from scims_backup.domain.verdict import Verdict
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.watch_objectives import WatchObjectives
from tests.fakes import MemoryCatalog, RecordedProgress, a_manifest, put_backup, put_drill
from tests.support.simulated_year import FAULTS, FIRST, SHAPES, year

LOOKED_BACK = 100
FAULTY_NIGHTS = (60, 200, 251, 302)
WITHIN = 7
"""Nights after which a fault must have been found: rows are frozen only after a week."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
YEARS = {shape.name: year(shape, seed=1) for shape in SHAPES}
shapes = pytest.mark.parametrize("shape", YEARS)


def openings(nights, numbers):
    """The first events of their kind in a row of nights: what an alert begins with."""
    told, before = [], set[Kind]()
    for number in numbers:
        kinds = set(kinds_of(nights, number))
        told += [(nights[number].began, kind) for kind in sorted(kinds - before)]
        before = kinds
    return told


def kinds_of(nights, number):
    """The events about one night, as the night's own watch would record them."""
    seen = nights[max(0, number + 1 - LOOKED_BACK) : number + 1]
    return [one.kind for one in told(anomalies(seen), seen)]


@pytest.mark.parametrize("seed", range(1, 4))
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_year_without_faults_has_at_most_two_alerts(shape, seed):
    nights = year(shape, seed)
    alerts = openings(nights, range(len(nights)))
    assert len(alerts) <= 2, alerts


@shapes
@pytest.mark.parametrize("first", FAULTY_NIGHTS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_within_a_week_as_one_alert(shape, fault, first):
    make, kinds = FAULTS[fault]
    nights = make(YEARS[shape], first)
    found = [kind for _, kind in openings(nights, range(first, first + WITHIN))]
    assert {kind: found.count(kind) for kind in kinds} == dict.fromkeys(kinds, 1)


@shapes
def test_a_loss_is_found_in_its_own_night(shape):
    for fault in ("a table emptied", "a table at 40 %", "a table gone", "empty dump"):
        nights = FAULTS[fault][0](YEARS[shape], 200)
        assert Kind.ROWS_LOST in kinds_of(nights, 200), fault


def looked_at(now, *nights, drilled=None):
    """What the hourly look at the objectives finds in a catalog with the backups of some nights."""
    catalog = MemoryCatalog()
    for night in nights:
        put_backup(catalog, a_manifest(f"{night:%Y%m%dT%H%M%SZ}"))
    if drilled is not None:
        backup = a_manifest(f"{drilled:%Y%m%dT%H%M%SZ}").backup
        put_drill(catalog, backup, f"{drilled + HOUR:%Y%m%dT%H%M%SZ}", Verdict.PASSED)
    events = EventLog("scims-db", catalog, lambda: now, lambda: "id", RecordedProgress())
    return WatchObjectives("scims-db", catalog, events, 26 * HOUR, 8 * DAY).look(now)


def hourly(first, last, *nights, drilled):
    """When the hourly look first found something, and what."""
    now: datetime = first
    while now < last:
        found = looked_at(now, *(night for night in nights if night <= now), drilled=drilled)
        if found:
            return now, found
        now += HOUR
    return None


NIGHTS = [FIRST + number * DAY for number in range(20)]


def test_a_year_s_rhythm_leaves_no_objective_unmet():
    assert hourly(NIGHTS[0], NIGHTS[8], *NIGHTS, drilled=NIGHTS[0]) is None


def test_a_missing_night_is_found_two_hours_after_it_was_due():
    there = [night for night in NIGHTS if night != NIGHTS[5]]
    assert hourly(NIGHTS[4], NIGHTS[7], *there, drilled=NIGHTS[0]) == (
        NIGHTS[5] + 3 * HOUR,
        [Kind.BACKUP_OVERDUE],
    )


def test_a_missing_drill_is_found_a_day_after_it_was_due():
    assert hourly(NIGHTS[7], NIGHTS[12], *NIGHTS, drilled=NIGHTS[0]) == (
        NIGHTS[8] + HOUR,
        [Kind.DRILL_OVERDUE],
    )


@shapes
@pytest.mark.parametrize("jump", [30 * DAY, 365 * DAY])
def test_a_clock_that_jumped_is_found_when_it_is_right_again(shape, jump):
    before, jumped, after = YEARS[shape][200:203]
    assert not clock_went_back(jumped.began + jump, before.began)
    assert clock_went_back(after.began, jumped.began + jump)
