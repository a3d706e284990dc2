"""Which events were reported to somebody, by whichever way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.ports import Catalog


def sent_about(catalog: Catalog, day: datetime) -> Mapping[str, str]:
    """Return which events of a day a mail or a notification was sent about: key → the key that says so."""
    places = (keys.alerts_of(day), keys.notices_of(day))
    found = (key for place in places for key in catalog.keys(place))
    return {keys.event_of_sent(key): key for key in found if keys.is_sent(key)}
