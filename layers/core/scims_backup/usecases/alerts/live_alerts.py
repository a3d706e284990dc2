"""Alerts with a life: one mail opens a condition, one a day reminds of it, and one says that it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from scims_backup.domain import keys
from scims_backup.domain.alert import Mail, mail_for, mail_of_recovery, mail_while_open
from scims_backup.domain.conditions import (
    Cause,
    Condition,
    Due,
    Mailed,
    Place,
    Problem,
    cause_of,
    causes_ended_by,
    first_end,
    place_of,
)
from scims_backup.domain.errors import AlreadyRunningError, ScimsBackupError
from scims_backup.domain.events import MOST_FINDINGS, Event
from scims_backup.ports import Catalog, Notifier
from scims_backup.ports.leases import Lease
from scims_backup.usecases.alerts.alone import alone
from scims_backup.usecases.alerts.conditions import Conditions, first_mail
from scims_backup.usecases.alerts.ending_events import ending_events, is_witnessed, may_end
from scims_backup.usecases.alerts.send_once import sent_record

LONGEST_RUN = timedelta(seconds=45)
"""A run counts as dead after so long. It is over by then, for the function's timeout is 30 s; and Lambda
repeats it a minute after its failure at the earliest, when it can send."""


@dataclass(frozen=True)
class Alerted:
    """What became of an event.

    message: the notifier's id of the mail that this run sent; None if it sent none.
    already: an earlier run has sent the mail.
    follows: a condition is open for its cause; a later look mails it with what else follows.
    """

    message: str | None = None
    already: bool = False
    follows: bool = False


@dataclass(frozen=True)
class Ticked:
    """What a look at all conditions did.

    messages: the notifier's ids of the mails.
    failures: of single conditions; they kept no other back.
    """

    messages: tuple[str, ...]
    failures: tuple[ScimsBackupError, ...]


@dataclass(frozen=True)
class LiveAlerts:
    """Sends what is to be sent about events and the conditions that they open and end.

    Nothing here knows how a mail reaches people. Events may come late, twice, or in any order, and a run may
    die at any moment: what was decided is in the catalog before a mail is sent, and that it was sent after.

    new_id: returns a text that is unique to a run.
    stack: the AWS stack's name, for mails to say where its logs are; empty for none.
    """

    catalog: Catalog
    notifier: Notifier
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    stack: str = ""

    def consider(self, key: str, event: Event) -> Alerted:
        """Send what an event calls for at once: its own mail, and those of conditions that it ends.

        key: the event's.

        Raise AlreadyRunningError if another run is at it, NotifierError if a mail was refused, CatalogError.
        """
        mail = mail_for(event, self.stack)
        alerted = Alerted() if mail is None else self._mail(key, event, mail)
        for cause in causes_ended_by(event):
            for unsettled in self._conditions.unsettled(event.source, cause):
                if is_witnessed(self.catalog, event):
                    self._settle(unsettled, [(key, event)])
        return alerted

    def tick(self, source: str = "") -> Ticked:
        """Send what has become due: first mails that are missing, what followed, reminders, recoveries.

        source: whose conditions; empty for all. Raise CatalogError if they cannot be read.
        """
        unsettled = list(self._conditions.unsettled(source))
        events = ending_events(self.catalog, [one for one in unsettled if one.is_open], self.clock())
        messages, failures = list[str](), list[ScimsBackupError]()
        for one in unsettled:
            try:
                with suppress(AlreadyRunningError):  # that run sends it
                    messages += self._look_at(one, events)
            except ScimsBackupError as failure:
                failures.append(failure)
        return Ticked(tuple(messages), tuple(failures))

    def _look_at(self, condition: Condition, events: Sequence[tuple[str, Event]]) -> Iterator[str]:
        for problem in condition.at_once:
            if problem.event not in condition.first_mails:
                alerted = self.consider(problem.event, self._event(problem.event))
                yield from filter(None, [alerted.message])
        ends = [(key, event) for key, event in events if may_end(condition, event)]
        yield from filter(None, [self._settle(condition, ends)])

    def _mail(self, key: str, event: Event, mail: Mail) -> Alerted:
        if first_mail(self.catalog, key):
            return Alerted(already=True)
        cause = cause_of(event)
        lease = keys.condition_lease(event.source, cause) if cause else keys.alert_lease(key)
        with self._alone(lease, f"the mail about {key}"):
            if first_mail(self.catalog, key):  # by the run that held the lease before
                return Alerted(already=True)
            if cause and self._follows(cause, key, event):
                self._record_sent(key, None)
                return Alerted(follows=True)
            message = self.notifier.send(mail)
            self._record_sent(key, message)
            return Alerted(message)

    def _follows(self, cause: Cause, key: str, event: Event) -> bool:
        """Add an event to the conditions of its cause; say whether its mail can wait for the next look."""
        latest, problem = self._conditions.latest(event.source, cause), Problem.of(key, event)
        if latest and key in {one.event for one in latest.at_once}:  # by a run that died before it could send
            return False
        place = place_of(problem, latest)
        if latest is None or place is Place.OPENS:
            self._conditions.open(event.source, cause, latest, problem)
        elif place is Place.ESCALATES:
            self._conditions.escalate(latest, problem)
        elif place is Place.FOLLOWS:
            self._conditions.follow(latest, problem)
        return place in (Place.FOLLOWS, Place.IS_PAST)

    def _settle(self, seen: Condition, events: Sequence[tuple[str, Event]]) -> str | None:
        """End a condition if an event does, and send the mail that is due; return the notifier's id of it."""
        now = self.clock()
        if first_end(seen, events, now) is None and seen.due(now) is Due.NOTHING:
            return None
        lease = keys.condition_lease(seen.source, seen.cause)
        with self._alone(lease, f"the mail about {seen.cause} of {seen.source}"):
            latest = self._conditions.latest(seen.source, seen.cause)
            if latest is None:
                return None
            if ended := first_end(latest, events, now):
                latest = self._conditions.end(latest, ended)
            return self._send_due(latest, now)

    def _send_due(self, condition: Condition, now: datetime) -> str | None:
        due = condition.due(now)
        if due is Due.NOTHING:
            return None
        lead = self._event(condition.lead.event)
        if condition.ended is not None:
            mail = mail_of_recovery(condition, lead, self._event(condition.ended.event), self.stack)
            sent = Mailed(self.notifier.send(mail), now)
            self._conditions.recovered(condition, sent)
        else:
            news = [self._event(one.event) for one in condition.pending[-MOST_FINDINGS:]]
            mail = mail_while_open(condition, due, lead, news, now, self.stack)
            sent = Mailed(self.notifier.send(mail), now, tuple(one.event for one in condition.pending))
            self._conditions.mailed(condition, sent)
        return sent.message

    def _record_sent(self, key: str, message: str | None) -> None:
        self.catalog.put_new(keys.alert_sent(key), sent_record(key, message, self.clock()))

    def _event(self, key: str) -> Event:
        return Event.from_bytes(self.catalog.get(key), key)

    def _alone(self, key: str, what: str) -> AbstractContextManager[None]:
        return alone(Lease(self.catalog, key, self.new_id(), self.clock, LONGEST_RUN), what)

    @cached_property
    def _conditions(self) -> Conditions:
        return Conditions(self.catalog)
