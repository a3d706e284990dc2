"""How much disk the restored database of a backup will take, by what is known before it is restored."""

from __future__ import annotations

from itertools import islice

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, is_stamp
from scims_backup.domain.drill_history import drills_by_stamp
from scims_backup.domain.errors import DocumentError, KeyMissingError
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.room import Medium
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.ports import Catalog
from scims_backup.usecases.stored.manifests import read_manifest

_LOOKED_AT = 5
"""Backups whose drills are read; the newest that says something counts."""


def expected_disk(catalog: Catalog, manifest: Manifest) -> int | None:
    """Return the bytes that a drill of a backup will take: as the last drill did, else the source's size.

    The last drill's is scaled by the archives, which have no bloat, as restored databases have none. None if
    nothing is known.
    """
    measured = _measured(catalog, manifest)
    if measured is not None:
        return measured
    return manifest.pace.source_bytes if manifest.pace and manifest.pace.source_bytes > 0 else None


def _measured(catalog: Catalog, manifest: Manifest) -> int | None:
    source = manifest.backup.source
    found = drills_by_stamp(source, catalog.keys(keys.drills(source)))
    passed = (
        (BackupId(source, stamp), drill.name)
        for stamp in sorted(filter(is_stamp, found), reverse=True)
        for drill in reversed(found[stamp])
        if drill.verdict is Verdict.PASSED
    )
    sizes = (_scaled(catalog, manifest, *one) for one in islice(passed, _LOOKED_AT))
    return next((size for size in sizes if size is not None), None)


def _scaled(catalog: Catalog, manifest: Manifest, drilled: BackupId, drill: str) -> int | None:
    """Return what a drill took, for the archive of another backup; None if it does not say."""
    key = keys.drill_report(drilled, drill)
    try:
        room = Report.from_bytes(catalog.get(key), key).room
        before = read_manifest(catalog, drilled)
    except (DocumentError, KeyMissingError):
        return None
    if room is None or room.medium is not Medium.DISK or not before.archive.bytes:
        return None
    return room.needed * manifest.archive.bytes // before.archive.bytes if before.is_like(manifest) else None
