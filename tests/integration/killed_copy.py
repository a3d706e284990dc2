"""A copy that kills itself at a moment; see tests/support/killed.py."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.copy_backup import CopyBackup, Side
from scims_backup.usecases.stored.manifests import names_of
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
    side, progress = _side(here, life), Mortal(RecordedProgress(), life)
    CopyBackup(
        source=SOURCE,
        here=side,
        there=_side(there, life),
        events=EventLog(SOURCE, side.catalog, _clock, _new_id, progress),
        clock=_clock,
        new_id=_new_id,
        progress=progress,
    ).run(backup)
    return life.moments


def _clock() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return os.urandom(8).hex()
