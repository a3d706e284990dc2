"""Runs of the alerts that die at any moment: no mail is lost, and none is sent twice but in one gap."""

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain.events import Kind
from tests.mortal import DeadError, Life, Mortal, dying_at
from tests.support.alerting import HOUR, Watched

NIGHT = datetime(2026, 11, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)


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
