"""Raising an alert: an event becomes a mail, if it calls for one, and goes to the event bus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.alert import detail_for, shortened
from scims_backup.domain.conditions import Cause
from scims_backup.domain.errors import NotifierError, UsageError
from scims_backup.domain.events import MOST_FINDINGS, Event, Kind, Severity
from scims_backup.ports import Catalog, EventBus, Subscription, Subscriptions
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.live_alerts import Alerted, LiveAlerts
from scims_backup.usecases.alerts.record_recovery import record_recovery


@dataclass(frozen=True)
class RaiseAlert:
    """Raises alerts about events."""

    catalog: Catalog
    alerts: LiveAlerts
    bus: EventBus

    def run(self, key: str) -> Alerted:
        """Raise the alert about the event under a key; about one cause, one mail is sent at once.

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
            alerted = self.alerts.consider(key, event)
        except NotifierError:
            self._announce(event, document, key)
            raise
        self._announce(event, document, key)
        return alerted

    def _announce(self, event: Event, document: bytes, key: str) -> None:
        self.bus.put(event.kind, event.time, detail_for(document, key))


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
        else:
            said = f"{watched.confirmed} confirmed, none unconfirmed"
            record_recovery(self.events, Cause.SUBSCRIPTION_UNCONFIRMED, said)
        return watched

    def _facts(self, watched: SubscriptionCount, waiting: list[Subscription]) -> dict[str, object]:
        return {
            "topic": self.subscriptions.topic,
            "confirmed": watched.confirmed,
            "unconfirmed": watched.unconfirmed,
            "endpoints": [shortened(one.protocol, one.endpoint) for one in waiting[:MOST_FINDINGS]],
            "endpoints_in_all": len(waiting),
        }
