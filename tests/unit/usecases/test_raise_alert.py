"""Raising alerts: one mail about one event, whatever is delivered twice, at once, or dies in between."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scims_backup.domain import keys
from scims_backup.domain.alert import mail_for
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import (
    AlreadyRunningError,
    DocumentError,
    KeyMissingError,
    NotifierError,
    UsageError,
)
from scims_backup.domain.events import Event, Kind, Severity, drill_event
from scims_backup.domain.verdict import Verdict
from scims_backup.ports import Subscription
from scims_backup.ports.leases import Lease
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.live_alerts import LONGEST_RUN, Alerted, LiveAlerts
from scims_backup.usecases.alerts.raise_alert import RaiseAlert, WatchSubscriptions
from tests.fakes import MemoryCatalog, RecordedProgress, a_report
from tests.mortal import DeadError, Life, Mortal, changes, dying_at

NOW = datetime(2026, 11, 22, 4, 2, 11, tzinfo=UTC)
BACKUP = BackupId("scims-db", "20261122T020000Z")
TOPIC = "arn:aws:sns:eu-central-1:123456789012:scims-alerts"
REPETITION = timedelta(minutes=1)
"""Lambda repeats a run that failed no earlier."""


class Letterbox:
    """A topic; refuses: the errors that the next sends meet."""

    def __init__(self):
        self.mails = []
        self.refuses = []

    def send(self, mail):
        if self.refuses:
            raise self.refuses.pop(0)
        self.mails.append(mail)
        return f"message-{len(self.mails)}"


class Bus:
    """An event bus; refuses: the errors that the next events meet."""

    def __init__(self):
        self.events = []
        self.refuses = []

    def put(self, kind, time, document):
        if self.refuses:
            raise self.refuses.pop(0)
        self.events.append((kind, time, document))


@dataclass
class Deployment:
    """A catalog, a topic and a bus; now: what every clock says."""

    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)
    topic: Letterbox = field(default_factory=Letterbox)
    bus: Bus = field(default_factory=Bus)
    now: datetime = NOW
    runs: int = 0

    def happens(self, event):
        key = keys.event(event.time, event.kind, event.id)
        self.catalog.put_new(key, event.to_bytes())
        return key

    def alert(self, life=None):
        def port(one: Any) -> Any:
            return one if life is None else Mortal(one, life)

        catalog = port(self.catalog)
        alerts = LiveAlerts(catalog, port(self.topic), lambda: self.now, self.new_id)
        return RaiseAlert(catalog, alerts, port(self.bus))

    def new_id(self):
        self.runs += 1
        return f"run-{self.runs}"

    def leases(self):
        return [key for key in self.catalog.objects if "/lease" in key]


@pytest.fixture
def deployment():
    return Deployment()


def failed_drill():
    return drill_event(BACKUP, "20261122T040000Z", a_report(Verdict.FAILED), NOW)


def passed_drill():
    return drill_event(BACKUP, "20261122T040000Z", a_report(Verdict.PASSED), NOW)


def test_a_severe_event_is_mailed_and_put_on_the_bus_as_it_is_stored(deployment):
    event = failed_drill()
    key = deployment.happens(event)
    assert deployment.alert().run(key) == Alerted("message-1")
    assert deployment.topic.mails == [mail_for(event)]
    assert deployment.bus.events == [("DrillFailed", NOW, event.to_bytes().decode())]


def test_that_a_mail_was_sent_is_recorded_and_nothing_stays_reserved(deployment):
    key = deployment.happens(failed_drill())
    deployment.alert().run(key)
    assert json.loads(deployment.catalog.get(keys.alert_sent(key))) == {
        "version": 1,
        "event": key,
        "message": "message-1",
        "sent": "2026-11-22T04:02:11+00:00",
    }
    assert deployment.leases() == []


def test_an_event_for_information_goes_to_the_bus_alone_and_leaves_no_record(deployment):
    key = deployment.happens(passed_drill())
    assert deployment.alert().run(key) == Alerted()
    assert deployment.topic.mails == []
    assert [kind for kind, _, _ in deployment.bus.events] == ["DrillPassed"]
    assert list(deployment.catalog.objects) == [key]


def test_an_event_delivered_twice_is_mailed_once(deployment):
    key = deployment.happens(failed_drill())
    deployment.alert().run(key)
    assert deployment.alert().run(key) == Alerted(already=True)
    assert len(deployment.topic.mails) == 1
    assert len(deployment.bus.events) == 2


def test_another_event_of_the_same_cause_waits_for_the_next_look(deployment):
    events = [Event(name, Kind.PRUNE_FAILED, Severity.ERROR, NOW, "scims-db", None, {}) for name in "ab"]
    first, second = (deployment.alert().run(deployment.happens(event)) for event in events)
    assert (first, second) == (Alerted("message-1"), Alerted(follows=True))
    assert deployment.topic.mails == [mail_for(events[0])]


def test_another_event_of_what_has_no_end_has_a_mail_of_its_own(deployment):
    events = [Event(name, Kind.ROOM_RUNS_SHORT, Severity.WARNING, NOW, "scims-db", None, {}) for name in "ab"]
    assert [deployment.alert().run(deployment.happens(event)).follows for event in events] == [False, False]
    assert deployment.topic.mails == [mail_for(event) for event in events]


def test_a_delivery_at_the_same_time_raises_so_that_it_is_repeated(deployment):
    key = deployment.happens(failed_drill())
    lease = keys.condition_lease("scims-db", "not-proven")
    other = Lease(deployment.catalog, lease, "other", lambda: deployment.now, LONGEST_RUN)
    assert other.take()
    with pytest.raises(AlreadyRunningError, match="DrillFailed"):
        deployment.alert().run(key)
    assert deployment.topic.mails == []
    deployment.now += REPETITION  # and the other one has died
    assert deployment.alert().run(key).already is False
    assert len(deployment.topic.mails) == 1


def test_a_mail_that_was_sent_is_no_matter_of_who_holds_the_lease(deployment):
    key = deployment.happens(failed_drill())
    deployment.alert().run(key)
    lease = keys.condition_lease("scims-db", "not-proven")
    left = Lease(deployment.catalog, lease, "dead", lambda: deployment.now, LONGEST_RUN)
    assert left.take()
    assert deployment.alert().run(key).already


@pytest.mark.parametrize("when", ["before the lease", "while the lease is taken"])
def test_a_mail_that_another_run_sends_meanwhile_is_not_sent_again(deployment, when):
    key = deployment.happens(failed_drill())

    def other_run(_moment, name):
        wanted = "after get" if when == "before the lease" else "before put_new conditions"
        if name.startswith(wanted) and not deployment.topic.mails:
            deployment.alert().run(key)

    assert deployment.alert(Life(other_run)).run(key).already
    assert len(deployment.topic.mails) == 1


def test_a_topic_that_refuses_keeps_the_event_from_nobody_and_the_next_try_sends(deployment):
    key = deployment.happens(failed_drill())
    deployment.topic.refuses = [NotifierError("no")]
    with pytest.raises(NotifierError):
        deployment.alert().run(key)
    assert len(deployment.bus.events) == 1
    assert deployment.alert().run(key) == Alerted("message-1")


def test_a_bus_that_refuses_does_not_keep_the_mail_back_nor_has_it_sent_again(deployment):
    key = deployment.happens(failed_drill())
    deployment.bus.refuses = [NotifierError("no")]
    with pytest.raises(NotifierError):
        deployment.alert().run(key)
    assert deployment.alert().run(key).already
    assert (len(deployment.topic.mails), len(deployment.bus.events)) == (1, 1)


@pytest.mark.parametrize(
    ("change", "message"), [({"version": 2}, "version 2"), ({"kind": "MoonFull"}, "MoonFull")]
)
def test_an_event_of_a_newer_program_raises_so_that_somebody_hears_of_it(deployment, change, message):
    key = keys.event(NOW, "DrillFailed", "7f")
    document = {**json.loads(failed_drill().to_bytes()), **change}
    deployment.catalog.put_new(key, json.dumps(document).encode())
    with pytest.raises(DocumentError, match=message):
        deployment.alert().run(key)
    assert deployment.topic.mails == deployment.bus.events == []


def test_what_is_no_event_is_refused_by_name(deployment):
    with pytest.raises(UsageError, match=r"manifests/x\.json"):
        deployment.alert().run("manifests/x.json")


def test_an_event_that_is_gone_is_an_error(deployment):
    with pytest.raises(KeyMissingError):
        deployment.alert().run(keys.event(NOW, "DrillFailed", "7f"))


# --- runs that die --------------------------------------------------------------------------------


def _moments():
    deployment, life = Deployment(), Life()
    deployment.alert(life).run(deployment.happens(failed_drill()))
    return life.moments


MOMENTS = _moments()
SENT = MOMENTS.index(next(name for name in MOMENTS if name.startswith("after send")))
RECORDED = MOMENTS.index(
    next(name for name in MOMENTS if name.startswith("after put_new") and "sent" in name)
)


def test_a_run_has_moments_before_and_after_each_step():
    assert changes(MOMENTS) == [
        *("put_new conditions", "put_new conditions", "send"),  # the lease, and that it is open
        *("put_new alerted", "delete conditions", "put"),
    ]
    assert SENT < RECORDED


@pytest.mark.parametrize("moment", range(len(MOMENTS)), ids=lambda moment: f"{moment} {MOMENTS[moment][:14]}")
def test_a_mail_is_sent_whenever_a_run_dies_and_twice_only_if_it_dies_before_it_could_record(moment):
    deployment = Deployment()
    key = deployment.happens(failed_drill())
    with pytest.raises(DeadError):
        deployment.alert(Life(dying_at(moment))).run(key)
    deployment.now += REPETITION
    deployment.alert().run(key)
    assert len(deployment.topic.mails) == (2 if SENT <= moment < RECORDED else 1)
    assert deployment.alert().run(key).already
    assert {kind for kind, _, _ in deployment.bus.events} == {"DrillFailed"}


# --- subscriptions --------------------------------------------------------------------------------

ANNA = Subscription("email", "anna@example.org", confirmed=True)
OTTO = Subscription("email", "otto@example.org", confirmed=False)


@dataclass
class Subscribed:
    """Who subscribed."""

    found: list[Subscription]
    topic: str = TOPIC

    def read(self):
        return self.found


def watch(catalog, found, now=NOW):
    events = EventLog("scims-db", catalog, lambda: now, lambda: "x", RecordedProgress())
    return WatchSubscriptions(Subscribed(found), events, lambda: now).run()


def told(catalog):
    return [json.loads(catalog.get(key)) for key in catalog.keys("events/")]


def test_a_subscription_that_is_not_confirmed_is_told_without_its_address():
    catalog = MemoryCatalog()
    watched = watch(catalog, [ANNA, OTTO])
    assert (watched.confirmed, watched.unconfirmed) == (1, 1)
    (event,) = told(catalog)
    assert (event["kind"], event["severity"], event["source"]) == (
        "SubscriptionUnconfirmed",
        "warning",
        "scims-db",
    )
    assert event["facts"] == {
        "topic": TOPIC,
        "confirmed": 1,
        "unconfirmed": 1,
        "endpoints": ["o…@example.org"],
        "endpoints_in_all": 1,
    }
    assert event["time"] == "2026-11-22T00:00:00+00:00"


def test_subscriptions_that_are_all_confirmed_are_no_event():
    catalog = MemoryCatalog()
    assert watch(catalog, [ANNA]).unconfirmed == 0
    assert told(catalog) == []


@pytest.mark.parametrize("found", [[], [OTTO]])
def test_that_nobody_gets_alerts_is_an_error(found):
    catalog = MemoryCatalog()
    assert watch(catalog, found).confirmed == 0
    assert [event["severity"] for event in told(catalog)] == ["error"]


def test_that_all_are_confirmed_again_ends_the_condition_that_is_open():
    catalog = MemoryCatalog()
    catalog.put_new(keys.condition_record("scims-db", "subscription-unconfirmed", 1, "opened"), b"{}")
    watch(catalog, [ANNA])
    (event,) = told(catalog)
    assert (event["kind"], event["severity"]) == ("ConditionRecovered", "info")
    assert event["facts"] == {
        "condition": "subscription-unconfirmed",
        "message": "1 confirmed, none unconfirmed",
    }


def test_it_is_told_once_a_day_whatever_changes_on_that_day():
    catalog = MemoryCatalog()
    for hour in range(24):
        found = [OTTO] if hour < 12 else [ANNA, OTTO]
        watch(catalog, found, NOW.replace(hour=hour))
    assert len(told(catalog)) == 1
    watch(catalog, [OTTO], NOW + timedelta(days=1))
    assert len(told(catalog)) == 2


def test_the_event_names_at_most_fifty_addresses():
    catalog = MemoryCatalog()
    watch(catalog, [OTTO] * 60)
    (event,) = told(catalog)
    assert (len(event["facts"]["endpoints"]), event["facts"]["endpoints_in_all"]) == (50, 60)


def test_the_event_calls_for_a_mail():
    catalog = MemoryCatalog()
    watch(catalog, [ANNA, OTTO])
    (key,) = catalog.keys("events/")
    mail = mail_for(Event.from_bytes(catalog.get(key), key))
    assert mail is not None
    assert "o…@example.org" in mail.body
    assert "otto" not in mail.body
