"""Acknowledging a condition: somebody knows of it, and its reminders stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from scims_backup.domain.conditions import Acknowledged, Cause, Condition
from scims_backup.domain.errors import KeyTakenError, NothingToWorkOnError
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.conditions import Conditions


def open_conditions(catalog: Catalog, source: str) -> list[Condition]:
    """Return what is wrong with a source now. Raise CatalogError if that cannot be read."""
    return [one for one in Conditions(catalog).unsettled(source) if one.is_open]


@dataclass(frozen=True)
class Acknowledge:
    """Silences the reminders of one condition of a source."""

    source: str
    catalog: Catalog
    clock: Callable[[], datetime]

    def run(self, cause: Cause, by: str) -> Condition:
        """Record that somebody knows of the open condition; return it. Who came first stays.

        A condition that opens later is another one, and one that becomes more severe is mailed again.

        by: who.

        Raise NothingToWorkOnError if the condition is not open, CatalogError.
        """
        conditions = Conditions(self.catalog)
        latest = conditions.latest(self.source, cause)
        if latest is None or not latest.is_open:
            raise NothingToWorkOnError(
                f"{cause} is not open for source {self.source}", "list what is open: scims-backup ack"
            )
        acknowledged = latest.silenced_by or Acknowledged(by, self.clock())
        try:
            conditions.acknowledge(latest, acknowledged)
        except KeyTakenError:  # by somebody else, meanwhile
            return conditions.latest(self.source, cause) or latest
        return replace(latest, acknowledged={**latest.acknowledged, latest.severity: acknowledged})
