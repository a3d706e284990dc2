"""Acknowledging a condition: somebody knows of it, and its reminders stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from scims_backup.domain.backup import BackupId
from scims_backup.domain.conditions import Acknowledged, Cause, Condition
from scims_backup.domain.errors import KeyTakenError, NothingToWorkOnError
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.conditions import Conditions
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.record_recovery import record_recovery
from scims_backup.usecases.retention.lost_rows_hold import release_lost_rows_hold


def open_conditions(catalog: Catalog, source: str) -> list[Condition]:
    """Return what is wrong with a source now. Raise CatalogError if that cannot be read."""
    return [one for one in Conditions(catalog).unsettled(source) if one.is_open]


@dataclass(frozen=True)
class Known:
    """What somebody acknowledged.

    condition: None if none is open.
    released: the backups that are no longer held because of it.
    """

    condition: Condition | None
    released: tuple[BackupId, ...] = ()


@dataclass(frozen=True)
class Acknowledge:
    """Silences the reminders of one condition of a source."""

    source: str
    catalog: Catalog
    events: EventLog
    clock: Callable[[], datetime]

    def run(self, cause: Cause, by: str) -> Known:
        """Record that somebody knows of the open condition. Who came first stays.

        A condition that opens later is another one, and one that becomes more severe is mailed again. That
        rows were lost is over with it, and the backup from before is no longer held.

        by: who.

        Raise NothingToWorkOnError if the condition is not open and nothing is held for it, CatalogError.
        """
        known = Known(
            self._acknowledged(cause, by), self._released(by) if cause is Cause.CONTENT_LOST else ()
        )
        if known.condition is None and not known.released:
            raise NothingToWorkOnError(
                f"{cause} is not open for source {self.source}", "list what is open: scims-backup ack"
            )
        return known

    def _released(self, by: str) -> tuple[BackupId, ...]:
        released = tuple(release_lost_rows_hold(self.catalog, self.source))
        record_recovery(self.events, Cause.CONTENT_LOST, f"{by} acknowledged the loss")
        return released

    def _acknowledged(self, cause: Cause, by: str) -> Condition | None:
        conditions = Conditions(self.catalog)
        latest = conditions.latest(self.source, cause)
        if latest is None or not latest.is_open:
            return None
        acknowledged = latest.silenced_by or Acknowledged(by, self.clock())
        try:
            conditions.acknowledge(latest, acknowledged)
        except KeyTakenError:  # by somebody else, meanwhile
            return conditions.latest(self.source, cause) or latest
        return replace(latest, acknowledged={**latest.acknowledged, latest.severity: acknowledged})
