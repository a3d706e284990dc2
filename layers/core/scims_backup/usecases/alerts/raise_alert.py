"""Raising an alert: an event becomes one mail, if it calls for one, and goes to the event bus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.alert import Mail, detail_for, mail_for, shortened
from scims_backup.domain.errors import NotifierError, UsageError
from scims_backup.domain.events import MOST_FINDINGS, Event, Kind, Severity
from scims_backup.ports import Catalog, EventBus, Notifier, Subscription, Subscriptions
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.send_once import SendOnce

LONGEST_RUN = timedelta(seconds=45)
"""A run counts as dead after so long. It is over by then, for the function's timeout is 30 s; and Lambda
repeats it a minute after its failure at the earliest, when it can send."""


@dataclass(frozen=True)
class Alerted:
    """What became of an event.

    message: the notifier's id of the mail that this run sent; None if it sent none.
    already: an earlier run has sent the mail.
    """

    message: str | None = None
    already: bool = False


@dataclass(frozen=True)
class RaiseAlert:
    """Raises alerts about events.

    new_id: returns a text that is unique to a run.
    """

    catalog: Catalog
    notifier: Notifier
    bus: EventBus
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    def run(self, key: str) -> Alerted:
        """Raise the alert about the event under a key; about one event, one mail is sent.

        The mail comes first, since it matters most; one that is refused does not keep the event from the bus.
        The bus gets an event as often as this is run for it.
        Raise UsageError if the key is no event's, CatalogError if the event cannot be read,
        AlreadyRunningError if another run is sending the mail, NotifierError if something was not taken.
        """
        if not keys.is_event(key):
            raise UsageError(f"{key!r} is not the key of an event", "give the key of an object under events/")
        document = self.catalog.get(key)
        event = Event.from_bytes(document, key)
        try:
            alerted = self._notify(key, mail_for(event))
        except NotifierError:
            self._announce(event, document, key)
            raise
        self._announce(event, document, key)
        return alerted

    def _announce(self, event: Event, document: bytes, key: str) -> None:
        self.bus.put(event.kind, event.time, detail_for(document, key))

    def _notify(self, key: str, mail: Mail | None) -> Alerted:
        if mail is None:
            return Alerted()
        once = SendOnce(self.catalog, self.clock, self.new_id, LONGEST_RUN)
        message = once.run(key, keys.alert_lease(key), keys.alert_sent(key), lambda: self.notifier.send(mail))
        return Alerted(message, already=message is None)


@dataclass(frozen=True)
class SubscriptionCount:
    """How many subscriptions get alerts, and how many would if they were confirmed."""

    confirmed: int
    unconfirmed: int


@dataclass(frozen=True)
class WatchSubscriptions:
    """Checks whether the people who should get alerts do get them."""

    subscriptions: Subscriptions
    events: EventLog
    clock: Callable[[], datetime]

    def run(self) -> SubscriptionCount:
        """Count the subscriptions; record, once a day (UTC), an unconfirmed one, or that nobody gets alerts.

        Raise NotifierError if they cannot be read, CatalogError if the event cannot be recorded.
        """
        found = self.subscriptions.read()
        waiting = [one for one in found if not one.confirmed]
        watched = SubscriptionCount(len(found) - len(waiting), len(waiting))
        if waiting or not watched.confirmed:
            severity = Severity.WARNING if watched.confirmed else Severity.ERROR
            today = self.clock().replace(hour=0, minute=0, second=0, microsecond=0)
            self.events.record_once(
                Kind.SUBSCRIPTION_UNCONFIRMED, severity, self._facts(watched, waiting), today
            )
        return watched

    def _facts(self, watched: SubscriptionCount, waiting: list[Subscription]) -> dict[str, object]:
        return {
            "topic": self.subscriptions.topic,
            "confirmed": watched.confirmed,
            "unconfirmed": watched.unconfirmed,
            "endpoints": [shortened(one.protocol, one.endpoint) for one in waiting[:MOST_FINDINGS]],
            "endpoints_in_all": len(waiting),
        }
