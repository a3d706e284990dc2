"""A prune that kills itself at a moment: python -m tests.integration.killed_prune MOMENT.

Without a moment it prints all that there are. The place is read from standard input, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.s3.client import new_client
from scims_backup.adapters.s3.place import Place
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
            S3Catalog(new_client(), Place(self.bucket, "c"))
            if self.bucket
            else FolderCatalog(self._path("c"))
        )

    def vault(self, source: str = SOURCE) -> Vault:
        if self.bucket:
            return S3Vault(new_client(), Place(self.bucket, "v"), source, self.catalog(), clock=_now)
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


def main() -> None:
    """Prune, and die where that was asked for."""
    where = Where(**json.load(sys.stdin))
    life = Life(killed_at(int(sys.argv[1]) if len(sys.argv) > 1 else None))
    pruning(where, life).run(POLICY, _now())
    json.dump(life.moments, sys.stdout)


if __name__ == "__main__":
    main()
