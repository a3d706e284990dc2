"""Finding events without a mail: the news of them was lost, or the topic did not take the mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.alert import mail_for
from scims_backup.domain.errors import DocumentError
from scims_backup.domain.events import Event, Kind
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.ending_events import DAYS

_PATIENCE = timedelta(minutes=15)
"""Until then Lambda tries again by itself."""
_NEVER_MAILED = (Kind.BACKUPS_PRUNED, Kind.DRILL_STARTED, Kind.DRILL_PASSED, Kind.CONDITION_RECOVERED)
"""Need not be read to know that."""


def may_call_for_a_mail(key: str) -> bool:
    """Say whether a key is that of an event that must be read to know whether it calls for a mail."""
    return keys.is_event(key) and keys.kind_of_event(key) not in _NEVER_MAILED


def unsent_alerts(catalog: Catalog, now: datetime) -> Iterator[str]:
    """Yield the keys of events that call for a mail which was not sent, and of those that cannot be read.

    Raise CatalogError if the catalog cannot be listed.
    """
    for days in range(DAYS):
        yield from _of_day(catalog, now - timedelta(days=days), now)


def _of_day(catalog: Catalog, day: datetime, now: datetime) -> Iterator[str]:
    sent = set(catalog.keys(keys.alerts_of(day)))
    for key in catalog.keys(keys.events_of(day)):
        if not may_call_for_a_mail(key) or keys.alert_sent(key) in sent:
            continue
        if now - keys.moment_of_event(key) >= _PATIENCE and _calls_for_a_mail(catalog, key):
            yield key


def _calls_for_a_mail(catalog: Catalog, key: str) -> bool:
    try:
        return mail_for(Event.from_bytes(catalog.get(key), key)) is not None
    except DocumentError:
        return True  # the run that raises the alert says why not; the other mails do not wait
