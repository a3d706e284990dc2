"""How an archive reaches a run: held open for it, or ordered by one run and delivered to a later one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.documents import read
from scims_backup.domain.errors import KeyMissingError
from scims_backup.ports import Catalog, DelayedSource, Snapshot, Source

VERSION = 1


@dataclass(frozen=True)
class Deliveries:
    """What one source delivers.

    longest: how long an order stays good; after that a run orders again.
    """

    source_name: str
    source: Source[Any] | DelayedSource[Any]
    catalog: Catalog
    longest: timedelta

    def awaited(self, now: datetime) -> BackupId | None:
        """Return the newest backup that was ordered and is not there; None if nothing is awaited."""
        if not isinstance(self.source, DelayedSource):
            return None
        ordered = [
            backup
            for key in self.catalog.keys(keys.runs(self.source_name))
            if keys.is_order(key) and now - (backup := keys.backup_of_run(key)).moment < self.longest
        ]
        return max((one for one in ordered if not self._is_there(one)), default=None)

    def has_arrived(self, backup: BackupId) -> bool:
        """Say whether the archive of a backup can be read now; order it if that was not done yet."""
        return self._delivered(backup) is not None

    def snapshot(self, backup: BackupId) -> AbstractContextManager[Snapshot[Any]]:
        """Return the source held still for a backup whose archive has arrived. Raise SourceError."""
        delivered = self._delivered(backup)
        if delivered is None:
            raise AssertionError(f"{backup} was read before it arrived")
        return delivered

    def _delivered(self, backup: BackupId) -> AbstractContextManager[Snapshot[Any]] | None:
        if not isinstance(self.source, DelayedSource):
            return self.source.snapshot()
        return self.source.delivered(self._order(self.source, backup))

    def _order(self, source: DelayedSource[Any], backup: BackupId) -> Mapping[str, str]:
        key = keys.order(backup)
        try:
            return read(_Order, self.catalog.get(key), key, VERSION).order
        except KeyMissingError:
            order = source.order(backup)
        self.catalog.put_new(key, _Order(order).to_bytes())
        return order

    def _is_there(self, backup: BackupId) -> bool:
        return any(True for _ in self.catalog.keys(keys.manifest(backup)))


@dataclass(frozen=True)
class _Order:
    """What was ordered, in its source's own words."""

    order: Mapping[str, str]

    def to_bytes(self) -> bytes:
        return json.dumps({"version": VERSION, "order": dict(self.order)}, sort_keys=True).encode() + b"\n"
