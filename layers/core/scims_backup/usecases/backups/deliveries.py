"""How an archive reaches a run: held open for it, or ordered by one run and delivered to a later one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import KeyMissingError, OrderLostError, SourceError
from scims_backup.ports import Catalog, DelayedSource, Snapshot, Source
from scims_backup.usecases.backups.run_records import FailedRun, Order

_SPARE = timedelta(hours=12)
"""An order stays good for longer than a run may take, or the run of the next night would order again. A prune
removes an order as a leftover 24 hours after the longest run."""
_TRIES = 3
"""Runs may fail with one order so often; then the next run orders again, and no tick reports it once more."""


@dataclass(frozen=True)
class Deliveries:
    """What one source delivers.

    longest: how long a run may take. An order stays good a little longer; after that a run orders again.
    """

    source_name: str
    source: Source[Any] | DelayedSource[Any]
    catalog: Catalog
    longest: timedelta

    def awaited(self, now: datetime) -> BackupId | None:
        """Return the newest backup that was ordered and is not there; None if nothing is awaited."""
        return max(self._open_orders(now), default=None)

    def arrived(self, now: datetime) -> BackupId | None:
        """Return the oldest backup whose order came to something: its archive is there, or a failure."""
        if not isinstance(self.source, DelayedSource):
            return None
        for backup in sorted(self._open_orders(now)):
            try:
                if self._delivered(self.source, backup) is not None:
                    return backup
            except SourceError:  # the run that claims it meets this again, and reports it
                return backup
        return None

    def has_arrived(self, backup: BackupId) -> bool:
        """Say whether the archive of a backup can be read now; order it if that was not done yet."""
        return not isinstance(self.source, DelayedSource) or self._delivered(self.source, backup) is not None

    def snapshot(self, backup: BackupId) -> AbstractContextManager[Snapshot[Any]]:
        """Return the source held still for a backup whose archive has arrived. Raise SourceError."""
        if not isinstance(self.source, DelayedSource):
            return self.source.snapshot()
        delivered = self._delivered(self.source, backup)
        if delivered is None:
            raise SourceError(f"the archive of {backup} is no longer there", "take the backup again")
        return delivered

    def collected(self, backup: BackupId) -> None:
        """Let the source remove what it made for a backup that is committed.

        Raise SourceError or CatalogError.
        """
        if isinstance(self.source, DelayedSource):
            key = keys.order(backup)
            self.source.collected(Order.from_bytes(self.catalog.get(key), key).order)

    def _delivered(
        self, source: DelayedSource[Any], backup: BackupId
    ) -> AbstractContextManager[Snapshot[Any]] | None:
        return source.delivered(self._order(source, backup))

    def _order(self, source: DelayedSource[Any], backup: BackupId) -> Mapping[str, str]:
        key = keys.order(backup)
        try:
            return Order.from_bytes(self.catalog.get(key), key).order
        except KeyMissingError:
            order = source.order(backup)
        self.catalog.put_new(key, Order(order).to_bytes())
        return order

    def _open_orders(self, now: datetime) -> list[BackupId]:
        if not isinstance(self.source, DelayedSource):
            return []
        of_runs = self.catalog.keys(keys.runs(self.source_name))
        ordered = [keys.backup_of_run(key) for key in of_runs if keys.is_order(key)]
        good = [one for one in ordered if now - one.moment < self.longest + _SPARE]
        return [one for one in good if not self._is_there(one) and not self._is_given_up(one)]

    def _is_given_up(self, backup: BackupId) -> bool:
        """Say whether no run takes it up any more: a task does, it will never come, or enough runs failed."""
        of_run = list(self.catalog.keys(keys.run_of(backup)))
        if any(map(keys.is_task_asked, of_run)):
            return True
        failed = filter(keys.is_failed_run, of_run)
        errors = [FailedRun.from_bytes(self.catalog.get(key), key).error for key in failed]
        return OrderLostError.__name__ in errors or len(errors) >= _TRIES

    def _is_there(self, backup: BackupId) -> bool:
        return any(True for _ in self.catalog.keys(keys.manifest(backup)))
