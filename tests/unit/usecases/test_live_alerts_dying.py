"""Runs of the alerts that die at any moment: no mail is lost, and none is sent twice but in one gap."""

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain.errors import KeyTakenError
from scims_backup.domain.events import Kind
from tests.mortal import DeadError, Life, Mortal, dying_at
from tests.support.alerting import HOUR, Watched

NIGHT = datetime(2026, 11, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def watched():
    return Watched(NIGHT)


def mortal(watched, life):
    return watched.alerts(Mortal(watched.catalog, life), Mortal(watched.letters, life))


def opened(watched, alerts):
    watched.now = NIGHT
    event = watched.event(Kind.BACKUP_FAILED)
    alerts.consider(watched.stored(event), event)


def reminded(watched, alerts):
    watched.now = NIGHT + DAY
    alerts.tick()


def recovered(watched, alerts):
    watched.now = NIGHT + DAY
    event = watched.event(Kind.BACKUP_COMPLETED)
    alerts.consider(watched.stored(event), event)


ACTS = {"opened": (opened, ()), "reminder": (reminded, (opened,)), "recovered": (recovered, (opened,))}


def moments_of(name):
    watched, life = Watched(NIGHT), Life()
    act, before = ACTS[name]
    for one in before:
        one(watched, watched.alerts())
    act(watched, mortal(watched, life))
    return life.moments


@pytest.mark.parametrize(
    ("name", "moment"), [(name, moment) for name in ACTS for moment in range(len(moments_of(name)))]
)
def test_whenever_a_run_dies_no_mail_is_lost_and_none_sent_twice_but_where_that_it_was_sent_is_not_recorded(
    name, moment
):
    moments = moments_of(name)
    sent = next(number for number, what in enumerate(moments) if what.startswith("after send"))
    recorded = next(
        number for number, what in enumerate(moments) if number > sent and what.startswith("after put_new")
    )
    watched = Watched(NIGHT)
    act, before = ACTS[name]
    for one in before:
        one(watched, watched.alerts())
    with pytest.raises(DeadError):
        act(watched, mortal(watched, Life(dying_at(moment))))
    for _ in range(3):
        watched.now += HOUR
        watched.looks()
    assert watched.letters.states.count(name) == (2 if sent <= moment < recorded else 1)


def test_of_two_runs_that_both_believe_to_be_alone_one_opens_the_condition(watched):
    """The first one stalls for so long that its lease has expired."""
    events = [watched.event(Kind.BACKUP_FAILED) for _ in range(2)]
    first, second = ((watched.stored(event), event) for event in events)

    def other_run(_moment, name):
        if name.startswith("before put_new conditions/") and name.endswith("opened.json"):
            watched.now += timedelta(minutes=1)
            watched.alerts().consider(*second)

    with pytest.raises(KeyTakenError):
        mortal(watched, Life(other_run)).consider(*first)
    assert watched.alerts().consider(*first).follows
    assert watched.letters.states == ["opened"]
