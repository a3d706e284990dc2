"""Finding the events that receivers are still to be notified of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.alert import Mail, Wanted, mail_for
from scims_backup.domain.errors import DocumentError, KeyMissingError
from scims_backup.domain.events import Event
from scims_backup.ports import Catalog, Notifier
from scims_backup.usecases.alerts.ending_events import DAYS
from scims_backup.usecases.alerts.unsent_alerts import may_call_for_a_mail


@dataclass(frozen=True)
class Recipient:
    """One receiver of the settings.

    name: what the operator calls it.
    """

    name: str
    wanted: Wanted
    notifier: Notifier


@dataclass(frozen=True)
class Notice:
    """What is to be sent about an event.

    event: its key.
    mail: None if nobody needs one, which is to be remembered.
    recipients: those who want it and have not got it.
    """

    event: str
    mail: Mail | None
    recipients: Sequence[Recipient]


def unsent_notices(
    catalog: Catalog, recipients: Sequence[Recipient], now: datetime, unreadable: Callable[[str], None]
) -> Iterator[Notice]:
    """Yield what was not sent about the events of the last days, the oldest first.

    unreadable: gets a sentence about each event that cannot be read. Raise CatalogError.
    """
    for days in reversed(range(DAYS)):
        yield from _of_day(catalog, recipients, now - timedelta(days=days), unreadable)


def _of_day(
    catalog: Catalog, recipients: Sequence[Recipient], day: datetime, unreadable: Callable[[str], None]
) -> Iterator[Notice]:
    done = set(catalog.keys(keys.notices_of(day)))
    for key in sorted(filter(may_call_for_a_mail, catalog.keys(keys.events_of(day)))):
        left = [one for one in recipients if keys.notice_sent(key, one.name) not in done]
        if not left or keys.needs_no_notice(key) in done:
            continue
        try:
            event = Event.from_bytes(catalog.get(key), key)
        except KeyMissingError:  # it was removed since the catalog listed it
            continue
        except DocumentError as error:
            unreadable(f"nobody can be notified of {key}: {error}")
            continue
        mail, wanting = mail_for(event), [one for one in left if one.wanted.takes(event)]
        if mail is None or wanting:
            yield Notice(key, mail, wanting)
