"""The event log of a source, which every use case gets that has something to record."""

from __future__ import annotations

from scims_backup.bootstrap.clock_and_ids import clock, new_id
from scims_backup.ports import Catalog, Progress
from scims_backup.usecases.alerts.event_log import EventLog


def event_log(source: str, catalog: Catalog, progress: Progress) -> EventLog:
    """Return the log of a source's events, on the real clock."""
    return EventLog(source, catalog, clock, new_id, progress)
