"""Holding the last backup from before rows were lost, until somebody has looked at it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import NothingToWorkOnError
from scims_backup.domain.holds import LOST_ROWS, Hold
from scims_backup.ports import Catalog
from scims_backup.usecases.stored.holds import is_held_by, put_hold, release_holds
from scims_backup.usecases.stored.manifests import holds_by_backup

_UNTIL_RELEASED = datetime(9999, 12, 31, tzinfo=UTC)
"""No hold lasts longer: only a person knows when the lost rows are not needed any more."""


def hold_before_loss(catalog: Catalog, newest_first: Iterable[BackupId]) -> BackupId | None:
    """Hold the first of some backups that is still there; None if none is. Raise CatalogError.

    newest_first: those from before the loss.
    """
    for backup in newest_first:
        try:
            put_hold(catalog, backup, Hold(LOST_ROWS, _UNTIL_RELEASED))
        except NothingToWorkOnError:
            continue
        return backup
    return None


def release_lost_rows_hold(catalog: Catalog, source: str) -> list[BackupId]:
    """Release what was held because rows were lost, and return which backups were. Raise CatalogError."""
    held = held_before_loss(catalog, source)
    for backup in held:
        release_holds(catalog, backup, LOST_ROWS)
    return held


def held_before_loss(catalog: Catalog, source: str) -> list[BackupId]:
    """Return the backups that are held because rows were lost. Raise CatalogError."""
    holds = holds_by_backup(catalog, source)
    return [backup for backup, found in holds.items() if is_held_by(found, LOST_ROWS)]
