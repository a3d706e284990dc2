"""Whether there ever was a backup: other roles' documents about it outlive its manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import DocumentError
from scims_backup.domain.events import Event, Kind
from scims_backup.ports import Catalog

_DAY = timedelta(days=1)


def sign_of(catalog: Catalog, backup: BackupId, stored: Iterable[datetime], longest: timedelta) -> str:
    """Return a key that shows that there was a backup; empty if there is none.

    A drill or a hold needs a manifest, and each completed backup has an event.

    stored: when archives of it were stored.
    longest: how long a run may take.
    """
    for prefix in (keys.drills_of(backup), keys.holds_of(backup)):
        for key in catalog.keys(prefix):
            return key
    days = {day for moment in (backup.moment, *stored) for day in _days(moment, longest)}
    for day in sorted(days):
        for key in filter(_is_completion, catalog.keys(keys.events_of(day))):
            if _may_tell_of(catalog, key, backup):
                return key
    return ""


def _days(moment: datetime, longest: timedelta) -> Iterator[datetime]:
    """Each day on which a run may have ended that was at work at a moment."""
    begin = (moment - _DAY).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while begin <= moment + longest + _DAY:
        yield begin
        begin += _DAY


def _is_completion(key: str) -> bool:
    return keys.is_event(key) and keys.kind_of_event(key) == Kind.BACKUP_COMPLETED


def _may_tell_of(catalog: Catalog, key: str, backup: BackupId) -> bool:
    try:
        return Event.from_bytes(catalog.get(key), key).backup == str(backup)
    except DocumentError:
        return True  # it may: to keep, less is enough than to remove
