"""How much disk the restored database of a backup will take, by what is known before it is restored."""

from __future__ import annotations

from scims_backup.domain.manifest import Manifest
from scims_backup.domain.room import Medium
from scims_backup.ports import Catalog
from scims_backup.usecases.drills.past_drills import passed_drills


def expected_disk(catalog: Catalog, manifest: Manifest) -> int | None:
    """Return the bytes that a drill of a backup will take: as the last drill did, else the source's size.

    The last drill's is scaled by the archives, which have no bloat, as restored databases have none. None if
    nothing is known. Raise CatalogError if the catalog cannot be read.
    """
    for before, report in passed_drills(catalog, manifest):
        room = report.room
        if room is not None and room.medium is Medium.DISK and before.archive.bytes > 0:
            return room.needed * manifest.archive.bytes // before.archive.bytes
    return manifest.pace.source_bytes if manifest.pace and manifest.pace.source_bytes > 0 else None
