"""Finding the events that receivers are still to be notified of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.alert import Mail, Wanted, mail_for
from scims_backup.domain.errors import DocumentError, KeyMissingError
from scims_backup.domain.events import Event
from scims_backup.ports import Catalog, Notifier
from scims_backup.usecases.alerts.ending_events import DAYS
from scims_backup.usecases.alerts.mended import FindMended, Mended, may_mend
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
    ended: the cause that the event ended, if the mail is about that.
    """

    event: str
    mail: Mail | None
    recipients: Sequence[Recipient]
    ended: str = ""


def unsent_notices(
    catalog: Catalog, recipients: Sequence[Recipient], now: datetime, unreadable: Callable[[str], None]
) -> Iterator[Notice]:
    """Yield what was not sent about the events of the last days, the oldest first.

    Who was notified of a problem is also notified of its end.

    unreadable: gets a sentence about each event that cannot be read. Raise CatalogError.
    """
    days = [now - timedelta(days=number) for number in reversed(range(DAYS))]
    done = {key for day in days for key in catalog.keys(keys.notices_of(day))}
    log = sorted(key for day in days for key in catalog.keys(keys.events_of(day)) if keys.is_event(key))
    mended = FindMended(catalog, log)
    for key in log:
        if keys.needs_no_notice(key) in done:
            continue
        ends = list(mended.by(key)) if may_mend(key) else []
        yield from (_of_end(key, one, recipients, done) for one in ends)
        notice = _of_event(catalog, key, recipients, done, unreadable) if may_call_for_a_mail(key) else None
        if notice is not None and (notice.mail is not None or not ends):
            yield notice


def _of_event(
    catalog: Catalog,
    key: str,
    recipients: Sequence[Recipient],
    done: AbstractSet[str],
    unreadable: Callable[[str], None],
) -> Notice | None:
    left = [one for one in recipients if keys.notice_sent(key, one.name) not in done]
    if not left:
        return None
    try:
        event = Event.from_bytes(catalog.get(key), key)
    except KeyMissingError:  # it was removed since the catalog listed it
        return None
    except DocumentError as error:
        unreadable(f"nobody can be notified of {key}: {error}")
        return None
    mail, wanting = mail_for(event), [one for one in left if one.wanted.takes(event)]
    return Notice(key, mail, wanting) if mail is None or wanting else None


def _of_end(key: str, end: Mended, recipients: Sequence[Recipient], done: AbstractSet[str]) -> Notice:
    """What those are to get who were notified of a problem that an event has ended."""
    told = [
        one
        for one in recipients
        if any(keys.notice_sent(problem, one.name) in done for problem in end.problems)
        and keys.notice_sent(key, one.name, end.cause) not in done
    ]
    return Notice(key, end.mail, told, end.cause)
