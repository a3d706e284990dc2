"""The events that end conditions, looked up in the log: the news of one may have been lost."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.conditions import LIVES, Condition, causes_ended_by
from scims_backup.domain.errors import DocumentError
from scims_backup.domain.events import Event, Kind
from scims_backup.domain.verdict import Verdict
from scims_backup.ports import Catalog

DAYS = 4
"""So far back is looked: a long weekend."""


def ending_events(
    catalog: Catalog, conditions: Collection[Condition], now: datetime
) -> list[tuple[str, Event]]:
    """Return the events of the last days, with their keys, that may end one of these open conditions."""
    kinds = {kind for one in conditions for kind in (*LIVES[one.cause].ended_by, Kind.CONDITION_RECOVERED)}
    since = min((one.since for one in conditions), default=now)
    found = (
        (key, _read(catalog, key)) for key in _keys(catalog, since, now) if keys.kind_of_event(key) in kinds
    )
    return [(key, event) for key, event in found if event and is_witnessed(catalog, event)]


def may_end(condition: Condition, event: Event) -> bool:
    """Say whether an event is about a condition's source and cause."""
    return event.source == condition.source and condition.cause in causes_ended_by(event)


def is_witnessed(catalog: Catalog, event: Event) -> bool:
    """Say whether the catalog holds what an event reports: an event alone ends no alert about backups."""
    if event.kind is Kind.BACKUP_COMPLETED:
        return event.about is not None and _is_there(catalog, keys.manifest(event.about))
    if event.kind is Kind.DRILL_PASSED:
        backup, drill = event.about, event.facts.get("drill")
        return (
            backup is not None
            and isinstance(drill, str)
            and _is_there(catalog, keys.drill_verdict(backup, drill, Verdict.PASSED))
        )
    return True


def _keys(catalog: Catalog, since: datetime, now: datetime) -> Iterator[str]:
    for days in range(DAYS):
        day = now - timedelta(days=days)
        if day.date() >= since.date():
            yield from filter(keys.is_event, catalog.keys(keys.events_of(day)))


def _read(catalog: Catalog, key: str) -> Event | None:
    try:
        return Event.from_bytes(catalog.get(key), key)
    except DocumentError:
        return None  # it ends nothing; the run that was woken for it says what is wrong


def _is_there(catalog: Catalog, key: str) -> bool:
    return key in set(catalog.keys(key))
