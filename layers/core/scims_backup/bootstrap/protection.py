"""Which locks there are to extend for what the settings name, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.restic.object_locks import RepositoryLocks
from scims_backup.adapters.vaults.restic.s3_place import S3Repository
from scims_backup.bootstrap.clock_and_ids import clock
from scims_backup.domain.retention import Policy
from scims_backup.ports import Catalog, Locks, Vault
from scims_backup.settings.model import Settings
from scims_backup.usecases.retention.protect_backups import ProtectBackups

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Protection:
    """Makes what extends locks.

    client: makes a client of S3, once something of it is locked.
    """

    settings: Settings
    catalog: Catalog
    vault: Vault
    client: Callable[[], S3Client]
    retention: Policy

    def of_night(self) -> ProtectBackups | None:
        """What a prune does for what stays: a few requests for each backup. None where nothing is locked."""
        return self._protecting(self._in(self.settings.vault), self._in(self.settings.catalog))

    def of_week(self) -> ProtectBackups | None:
        """What a reclaim does: it asks for every object of a restic repository. None where there is none."""
        lock, vault = self.settings.object_lock, self.settings.vault
        repository = S3Repository.of(vault) if isinstance(vault, str) else None
        return self._protecting(RepositoryLocks(repository, lock, clock) if lock and repository else None)

    def _protecting(self, archives: Locks | None, records: Locks | None = None) -> ProtectBackups | None:
        if archives is None and records is None:
            return None
        settings = self.settings
        return ProtectBackups(
            settings.source, self.vault, self.catalog, self.retention, clock, archives, records
        )

    def _in(self, place: object) -> Locks | None:
        lock = self.settings.object_lock
        if lock is None or not isinstance(place, S3Place):
            return None
        from scims_backup.adapters.s3.locks import ObjectLocks  # noqa: PLC0415  loads boto3, which is slow

        return ObjectLocks(self.client(), place, lock, clock)
