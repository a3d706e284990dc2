"""Sending one mail about one event to one place, whatever is repeated, at once, or dies in between."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain.errors import KeyMissingError
from scims_backup.ports import Catalog
from scims_backup.ports.leases import Lease
from scims_backup.usecases.alerts.alone import alone

VERSION = 1


@dataclass(frozen=True)
class SendOnce:
    """Sends what is not sent yet.

    longest: a run counts as dead after so long.
    new_id: returns a text that is unique to a run.
    """

    catalog: Catalog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    longest: timedelta

    def run(self, event: str, lease_key: str, sent_key: str, send: Callable[[], str]) -> str | None:
        """Send, and return the message's id; None if an earlier run has sent it.

        event: its key.
        lease_key: the key whose holder alone sends.
        sent_key: the key that says that it was sent.

        Raise AlreadyRunningError if another run is sending it, and what `send` raises.
        """
        if self._is_sent(sent_key):
            return None
        lease = Lease(self.catalog, lease_key, self.new_id(), self.clock, self.longest)
        with alone(lease, f"the mail about {event}"):
            if self._is_sent(sent_key):  # by the run that held the lease before
                return None
            message = send()
            self.catalog.put_new(sent_key, sent_record(event, message, self.clock()))
            return message

    def _is_sent(self, sent_key: str) -> bool:
        try:
            self.catalog.get(sent_key)
        except KeyMissingError:
            return False
        return True


def sent_record(event: str, message: str | None, sent: datetime) -> bytes:
    """Write the document that says that an event, by its key, was sent.

    message: the notifier's id of it; None if the event was handed over to its condition.
    """
    record = {"version": VERSION, "event": event, "message": message, "sent": sent.isoformat()}
    return json.dumps(record).encode() + b"\n"
