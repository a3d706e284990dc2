"""Recording that a condition is over, where no other event says so."""

from __future__ import annotations

from scims_backup.domain.conditions import Cause
from scims_backup.domain.errors import CatalogError
from scims_backup.domain.events import Kind, Severity
from scims_backup.usecases.alerts.conditions import Conditions
from scims_backup.usecases.alerts.event_log import EventLog


def record_recovery(events: EventLog, cause: Cause, message: str) -> None:
    """Record that the source's condition of a cause is over, if one is open.

    message: what was found. That the conditions cannot be listed is noted: the next run finds the same.
    """
    try:
        is_open = Conditions(events.catalog).is_open(events.source, cause)
    except CatalogError as error:
        events.progress.note(f"it is unknown whether {cause} is open: {error}")
        return
    if is_open:
        events.record(Kind.CONDITION_RECOVERED, Severity.INFO, {"condition": cause, "message": message})
