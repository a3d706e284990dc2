"""A copy that kills itself at a moment; see tests/support/killed.py."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scims_backup.usecases.backups.copy_backup import CopyBackup, Side
from scims_backup.usecases.stored.surveying import names_of
from tests.fakes import RecordedProgress
from tests.mortal import Life, Mortal, killed_at
from tests.support.copies import SOURCE, Store
from tests.support.s3.server import S3Server


def _store(described: dict[str, Any]) -> Store:
    server = S3Server(**described.pop("server"))
    return Store(**{**described, "server": server, "folder": Path(described["folder"])})


def _side(store: Store, life: Life) -> Side:
    return Side(Mortal(store.open_vault(), life), Mortal(store.open_catalog(), life), store.catalog)


def run(sides: list[dict[str, Any]], moment: int | None) -> list[str]:
    """Copy from the first side to the second, and die at a moment; without one, return all that there are."""
    here, there = (_store(described) for described in sides)
    life = Life(killed_at(moment))
    (backup,) = names_of(here.open_catalog(), SOURCE)
    CopyBackup(
        source=SOURCE,
        here=_side(here, life),
        there=_side(there, life),
        clock=lambda: datetime.now(UTC),
        new_id=lambda: os.urandom(8).hex(),
        progress=Mortal(RecordedProgress(), life),
    ).run(backup)
    return life.moments
