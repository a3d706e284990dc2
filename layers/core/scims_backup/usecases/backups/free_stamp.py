"""Taking a stamp that no other run has, by creating an object under it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from scims_backup.domain.backup import stamp_of
from scims_backup.domain.drill_run import started_note
from scims_backup.domain.errors import KeyTakenError
from scims_backup.ports import Catalog


def reserve_stamp(catalog: Catalog, key_of: Callable[[str], str], started: datetime, run: str) -> str:
    """Return the next free stamp from `started` on: two runs may start in one second.

    key_of: returns the key that reserves a stamp.
    run: an id of this run alone, which makes its object differ from any other run's.

    Raise CatalogError if the catalog fails.
    """
    note = started_note(run, started)
    moment = started
    while True:
        stamp = stamp_of(moment)
        try:
            catalog.put_new(key_of(stamp), note)
        except KeyTakenError:
            moment += timedelta(seconds=1)
        else:
            return stamp
