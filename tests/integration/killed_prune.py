"""A prune that kills itself at a moment; see tests/support/killed.py."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.s3.client import new_client
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.restic import ResticVault
from scims_backup.adapters.vaults.s3 import S3Vault
from scims_backup.domain.retention import Policy
from scims_backup.ports import Catalog, Vault
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.retention.prune_backups import PruneBackups
from tests.fakes import RecordedProgress
from tests.mortal import Life, Mortal, killed_at

SOURCE = "scims-db"
POLICY = Policy(last=2)


@dataclass(frozen=True)
class Where:
    """The place of a catalog and a vault. bucket: empty for a folder and restic."""

    bucket: str
    folder: str

    def catalog(self) -> Catalog:
        return (
            S3Catalog(new_client(), S3Place(self.bucket, "c"))
            if self.bucket
            else FolderCatalog(self._path("c"))
        )

    def vault(self, source: str = SOURCE) -> Vault:
        if self.bucket:
            return S3Vault(new_client(), S3Place(self.bucket, "v"), source, self.catalog(), clock=_now)
        return ResticVault(
            str(self._path("v")), source, self.catalog(), os.environ, clock=_now, sleep=time.sleep
        )

    def _path(self, name: str) -> Path:
        return Path(self.folder) / name


def _new_id() -> str:
    return os.urandom(8).hex()


def _now() -> datetime:
    return datetime.now(UTC)


def pruning(where: Where, life: Life) -> PruneBackups:
    """A prune of a place."""
    catalog, progress = Mortal(where.catalog(), life), RecordedProgress()
    return PruneBackups(
        source=SOURCE,
        vault=Mortal(where.vault(), life),
        catalog=catalog,
        events=EventLog(SOURCE, catalog, _now, _new_id, progress),
        clock=_now,
        new_id=_new_id,
        progress=progress,
        longest=timedelta(hours=24),
    )


def run(where: dict[str, str], moment: int | None) -> list[str]:
    """Prune, and die at a moment; without one, return all that there are."""
    life = Life(killed_at(moment))
    pruning(Where(**where), life).run(POLICY, _now())
    return life.moments
