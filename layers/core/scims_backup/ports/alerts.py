"""Who is told what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scims_backup.domain.alert import Mail


@dataclass(frozen=True)
class Subscription:
    """Who is to get alerts, and whether they do: one that is not confirmed gets none."""

    protocol: str
    endpoint: str
    confirmed: bool


class Notifier(Protocol):
    """Passes mails on to the subscribers."""

    def send(self, mail: Mail) -> str:
        """Send one mail and return the service's id of it. Raise NotifierError if it was not taken."""


class Pinger(Protocol):
    """Pings a dead man's switch."""

    def sending(self, url: str, says: str, name: str) -> AbstractContextManager[Callable[[], None]]:
        """Begin to ping a URL, and provide what waits until it is done.

        says: the ping's body.
        name: what messages call the URL, which is a secret.
        Entering and waiting raise NotifierError if the ping was not taken.
        """


class Subscriptions(Protocol):
    """Who subscribed to the alerts."""

    topic: str
    """What they subscribed to, as the service names it."""

    def read(self) -> Sequence[Subscription]:
        """Return them all, those too that are not confirmed. Raise NotifierError if they cannot be read."""


class EventBus(Protocol):
    """Tells events to other systems."""

    def put(self, kind: str, time: datetime, document: str) -> None:
        """Pass one event on. Raise NotifierError if it was not taken."""
