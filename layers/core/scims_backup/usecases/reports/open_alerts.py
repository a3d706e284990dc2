"""The conditions that were reported and have not ended, for `status`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scims_backup.domain.status import OpenAlert
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.conditions import Conditions


def open_alerts(catalog: Catalog, source: str = "") -> Mapping[str, Sequence[OpenAlert]]:
    """Return what is open of one source, or of every source: source → its alerts, the oldest first.

    Raise CatalogError if the conditions cannot be read.
    """
    found: dict[str, list[OpenAlert]] = {}
    for one in Conditions(catalog).unsettled(source):
        if one.is_open:
            alert = OpenAlert(one.cause, one.since, one.silenced_by is not None)
            found.setdefault(one.source, []).append(alert)
    return {name: sorted(alerts, key=lambda one: one.since) for name, alerts in found.items()}
