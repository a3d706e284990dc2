"""What retention needs to know of every backup of a source, from listed keys alone."""

from __future__ import annotations

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_history import drills_by_stamp, verdict_of
from scims_backup.domain.holds import Hold
from scims_backup.domain.retention import Candidate
from scims_backup.ports import Catalog


def backups_of(catalog: Catalog, source: str) -> list[BackupId]:
    """Return every backup of a source, oldest first; something else may lie beside their manifests."""
    return [keys.backup_of(key) for key in catalog.keys(keys.manifests(source)) if keys.is_manifest(key)]


def survey(catalog: Catalog, source: str) -> list[Candidate]:
    """Return every backup of a source with its verdict and its holds; no object is read."""
    drills = drills_by_stamp(source, catalog.keys(keys.drills(source)))
    holds = _holds(catalog, source)
    return [
        Candidate(backup, verdict_of(drills.get(backup.stamp, ())), tuple(holds.get(backup, ())))
        for backup in backups_of(catalog, source)
    ]


def _holds(catalog: Catalog, source: str) -> dict[BackupId, list[Hold]]:
    found: dict[BackupId, list[Hold]] = {}
    for key in filter(keys.is_hold, catalog.keys(keys.holds(source))):
        backup, hold = keys.hold_of_key(key)
        found.setdefault(backup, []).append(hold)
    return found
