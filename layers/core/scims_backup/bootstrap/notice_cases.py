"""Who is notified and what is pinged, as the settings name them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

from scims_backup.adapters.notifiers.apprise_receiver import AppriseReceiver
from scims_backup.adapters.notifiers.pings import OutsidePinger
from scims_backup.adapters.notifiers.reaching import behind_proxy, reach
from scims_backup.bootstrap.clock_and_ids import clock, new_id
from scims_backup.bootstrap.components import Components
from scims_backup.domain.alert import Mail
from scims_backup.domain.errors import NotifierError, SecretError, UnderstoodError, UsageError
from scims_backup.domain.events import Event, Kind
from scims_backup.domain.health import Check
from scims_backup.domain.ping import Signal, checked_ping_url, host_and_port, ping_url
from scims_backup.ports import Pinger
from scims_backup.settings.model import Secret
from scims_backup.settings.notifying import PINGED
from scims_backup.usecases.alerts.notify import Notify
from scims_backup.usecases.alerts.unsent_notices import Recipient
from scims_backup.usecases.reports.examine_receivers import ExamineReceivers, look_at_host


class _ReadLate:
    """A receiver whose URL is read when it is needed, so that a secret that is gone concerns no other."""

    def __init__(self, receiver: Callable[[], AppriseReceiver]) -> None:
        self._receiver = receiver

    def send(self, mail: Mail) -> str:
        """Send one mail. Raise NotifierError if it was not taken, or if the URL cannot be read."""
        try:
            receiver = self._receiver()
        except (SecretError, UsageError) as error:
            raise NotifierError(error.message, error.cure) from None
        return receiver.send(mail)


class NoticeCases(Components):
    """The use cases that notify and ping, ready to run."""

    def notify(self) -> Notify:
        """Ready to notify the receivers."""
        return Notify(self.catalog, self._recipients(), clock, new_id)

    def record_unrecorded(self, kind: Kind, failure: UnderstoodError, of: Exception) -> Event | None:
        """Record a failure that nothing has recorded; return its event if the catalog does not take it."""
        return self._events.record_failure_or_return(kind, failure, of)

    def ping(self, command: str, signal: Signal, says: str) -> AbstractContextManager[Callable[[], None]]:
        """Begin a ping of what a command pings, and provide what waits until it is done.

        Raise UsageError or SecretError if its URL cannot be read, NotifierError if it was not taken.
        """
        url = ping_url(self._ping_url(command), signal, self._settings.source)
        pinger: Pinger = OutsidePinger(self._environment)
        return pinger.sending(url, says, f"ping.{command}")

    def receiver_checks(self) -> Iterator[Check]:
        """The checks of `doctor` that apply to the receivers and pings of the settings."""
        behind = behind_proxy(self._environment)
        for name in self._settings.receivers:
            look = partial(look_at_host, partial(self._look, name), reach, behind)
            yield Check("receiver", name, look)
        if self._settings.receivers:
            unsent = ExamineReceivers(lambda: self.catalog, self._recipients(), clock)
            yield Check("unsent-notifications", self._settings.source, unsent.look, needs=("catalog",))
        for command in PINGED:
            if self._settings.ping.of(command) is not None:
                look = partial(look_at_host, partial(self._look_at_ping, command), reach, behind)
                yield Check("ping", command, look)

    def _recipients(self) -> list[Recipient]:
        return [
            Recipient(name, receiver.wanted, _ReadLate(partial(self._receiver, name)))
            for name, receiver in self._settings.receivers.items()
        ]

    def _receiver(self, name: str) -> AppriseReceiver:
        url = self._secrets.password(self._settings.receivers[name].url)
        return AppriseReceiver(url, name, self._environment)

    def _look(self, name: str) -> tuple[str, str | None, int | None]:
        known = self._receiver(name).look()
        return known.service, known.host, known.port

    def _look_at_ping(self, command: str) -> tuple[str, str | None, int | None]:
        return ("URL", *host_and_port(self._ping_url(command)))

    def _ping_url(self, command: str) -> str:
        named = self._settings.ping.of(command)
        if named is None:
            raise UsageError(f"the settings name no URL that {command} pings", f"set ping.{command}")
        if isinstance(named, Secret):
            return checked_ping_url(self._secrets.password(named), str(named))
        self._secrets.learn(named.text)
        return named.text
