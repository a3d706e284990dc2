"""What a prune does for the history: it adds itself, forgets what is too old, and foresees the quota."""

from __future__ import annotations

from collections.abc import Sequence

from scims_backup.domain.errors import CatalogError
from scims_backup.domain.run_record import RunRecord
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.retention.watch_quota import WatchQuota
from scims_backup.usecases.stored.history import forget_old_runs, record_run


def keep_history(events: EventLog, prune: RunRecord, quota: int | None) -> Sequence[str]:
    """Keep the record of a prune, and return what a person should know; no error of the catalog is raised.

    quota: bytes that the source's archives may take; None for no limit.
    """
    record_run(events.catalog, prune, events.new_id(), events.progress)
    try:
        forget_old_runs(events.catalog, prune.source, prune.ended)
        if quota is None or prune.stored_in_all is None:
            return []
        near = WatchQuota(prune.source, events.catalog, events, quota).run(prune.stored_in_all, prune.ended)
    except CatalogError as error:
        return [f"the history of {prune.source} could not be used: {error}"]
    return [near] if near else []
