"""A restore with a swap that kills itself at a moment; see tests/support/killed.py."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.manifest import Manifest
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.targets.target import PostgresTarget
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.restores.restore_backup import RestoreBackup, RestoreRequest
from tests.fakes import MemoryVault, RecordedProgress
from tests.mortal import Life, Mortal, killed_at

_TARGETS = "scims_backup.engines.postgresql.targets"
STEPS = {
    f"{_TARGETS}.creating": ("drop_leftovers", "create_roles", "create_database"),
    f"{_TARGETS}.target": ("apply_properties",),
    f"{_TARGETS}.swap": ("rename_database", "_commit"),
}
METHODS = {
    f"{_TARGETS}.loading.Loading": ("finish",),
    f"{_TARGETS}.target.PostgresBuilding": ("write", "finish", "keep"),
    "scims_backup.engines.postgresql.proving.provable.PostgresDatabase": ("prove",),
}
"""What has a moment before and one after it, beside the calls of catalog, vault and target."""


@dataclass(frozen=True)
class Where:
    """A catalog and an archive in a folder, and the live database's URL."""

    folder: str
    url: str
    programs: str
    backup: str

    def catalog(self) -> FolderCatalog:
        return FolderCatalog(Path(self.folder) / "catalog")

    def manifest(self) -> Manifest:
        key = keys.manifest(BackupId.parse(self.backup))
        return Manifest.from_bytes(self.catalog().get(key), key)

    def vault(self) -> MemoryVault:
        vault, manifest = _Vault(), self.manifest()
        data = (Path(self.folder) / "archive").read_bytes()
        vault.stored[manifest.archive.ref] = (manifest.backup, data)
        return vault


class _Vault(MemoryVault):
    """A vault whose archives come in four pieces."""

    @contextmanager
    def read(self, ref: str) -> Iterator[Iterator[bytes]]:
        with super().read(ref) as chunks:
            data = b"".join(chunks)
            step = -(-len(data) // 4)
            yield iter([data[at : at + step] for at in range(0, len(data), step)])


def restoring(where: Where, life: Life, later: timedelta = timedelta(0)) -> RestoreBackup:
    """A restore. later: by how much its clock is ahead."""

    def clock() -> datetime:
        return datetime.now(UTC) + later

    catalog, progress = Mortal(where.catalog(), life), RecordedProgress()
    return RestoreBackup(
        vault=where.vault(),
        catalog=catalog,
        engines=ENGINES,
        target=Mortal(PostgresTarget(Address.parse(where.url), Path(where.programs), 2), life),
        events=EventLog("db", catalog, clock, _new_id, progress),
        clock=clock,
        timer=time.monotonic,
        new_id=_new_id,
        progress=progress,
    )


def _new_id() -> str:
    return os.urandom(8).hex()


def _watched(function: Callable[..., Any], name: str, life: Life) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        life.moment(f"before {name}")
        result = function(*arguments, **options)
        life.moment(f"after {name}")
        return result

    return call


def _watch(life: Life) -> None:
    for place, names in (STEPS | METHODS).items():
        try:
            owner = importlib.import_module(place)
        except ModuleNotFoundError:
            module, _, kind = place.rpartition(".")
            owner = getattr(importlib.import_module(module), kind)
        for name in names:
            what = f"{place.rpartition('.')[2]} {name}"
            setattr(owner, name, _watched(getattr(owner, name), what, life))


def run(described: dict[str, str], moment: int | None) -> list[str]:
    """Restore and swap, and die at a moment; without one, return all that there are."""
    where, life = Where(**described), Life(killed_at(moment))
    _watch(life)
    restoring(where, life).run(where.manifest(), RestoreRequest(swap=True))
    return life.moments
