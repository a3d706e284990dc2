"""Notifying the receivers of the settings of what happened; what fails is sent by a later run."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.alert import Mail, mail_for
from scims_backup.domain.errors import AlreadyRunningError, KeyTakenError, NotifierError
from scims_backup.domain.events import Event
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.send_once import VERSION, SendOnce
from scims_backup.usecases.alerts.unsent_notices import Notice, Recipient, unsent_notices

PATIENCE = timedelta(minutes=1)
"""After that a run starts no more mails: the next run sends the rest."""
LONGEST_RUN = timedelta(minutes=1)
"""A run that is sending a mail counts as dead after so long; a receiver is given up after half of it."""


@dataclass(frozen=True)
class Notified:
    """How a receiver answered.

    receiver: what the operator calls it.
    event: the key of the event; empty for a test.
    answer: what it said; never a secret.
    """

    receiver: str
    event: str
    sent: bool
    answer: str


class Notify:
    """Notifies receivers, each once of each event that it wants.

    new_id: returns a text that is unique to a run.
    """

    def __init__(
        self,
        catalog: Catalog,
        recipients: Sequence[Recipient],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._catalog = catalog
        self._recipients = recipients
        self._clock = clock
        self._once = SendOnce(catalog, clock, new_id, LONGEST_RUN)
        self.problems: list[str] = []
        """What was not sent, and why, in sentences."""

    def run(self) -> list[Notified]:
        """Send what is not sent yet. Raise CatalogError if the catalog does not say what that is.

        A receiver that takes one mail not is given no other: its other mails would only take time.
        """
        answers: list[Notified] = []
        failed: set[str] = set()
        now = self._clock()
        for notice in unsent_notices(self._catalog, self._recipients, now, self.problems.append):
            if notice.mail is None:
                self._remember_none(notice.event)
                continue
            for recipient in notice.recipients:
                if recipient.name in failed:
                    continue
                if self._clock() - now > PATIENCE:
                    self.problems.append("notifications take too long: the next run sends the rest")
                    return answers
                answers += self._sent_once(notice, notice.mail, recipient)
                failed |= {one.receiver for one in answers if not one.sent}
        return answers

    def send_unrecorded(self, event: Event) -> list[Notified]:
        """Send an event that the catalog did not take to those who want it, without a record of that."""
        mail = mail_for(event)
        wanting = [one for one in self._recipients if one.wanted.takes(event)]
        return [self._sent(recipient, mail) for recipient in wanting] if mail else []

    def send_to_all(self, mail: Mail) -> list[Notified]:
        """Send a mail that is about no event to each receiver, whatever it wants."""
        return [self._sent(recipient, mail) for recipient in self._recipients]

    def _sent_once(self, notice: Notice, mail: Mail, recipient: Recipient) -> list[Notified]:
        event, ended = notice.event, notice.ended
        lease, sent = (made(event, recipient.name, ended) for made in (keys.notice_lease, keys.notice_sent))
        try:
            answer = self._once.run(event, lease, sent, lambda: recipient.notifier.send(mail))
        except AlreadyRunningError:
            return []  # that run sends it, or a later one if that one dies
        except NotifierError as error:
            return [self._refused(recipient, event, error)]
        return [] if answer is None else [Notified(recipient.name, event, sent=True, answer=answer)]

    def _sent(self, recipient: Recipient, mail: Mail) -> Notified:
        try:
            return Notified(recipient.name, "", sent=True, answer=recipient.notifier.send(mail))
        except NotifierError as error:
            return self._refused(recipient, "", error)

    def _refused(self, recipient: Recipient, event: str, error: NotifierError) -> Notified:
        about = f" of {event}" if event else ""
        self.problems.append(f"receiver {recipient.name} was not notified{about}: {error}")
        return Notified(recipient.name, event, sent=False, answer=error.message)

    def _remember_none(self, event: str) -> None:
        with suppress(KeyTakenError):  # another run has just done so
            record = {"version": VERSION, "event": event}
            self._catalog.put_new(keys.needs_no_notice(event), json.dumps(record).encode() + b"\n")
