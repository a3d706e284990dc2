"""The steps of restoring a part of a backup into the live database: build it, prove it, move it."""

from __future__ import annotations

from collections.abc import Mapping

from scims_backup.domain.errors import RestoreFailedError
from scims_backup.domain.manifest import Manifest
from scims_backup.ports import ChosenBuilding, Progress
from scims_backup.usecases.stored.archives import OpenArchive


def moved(
    manifest: Manifest, archive: OpenArchive, building: ChosenBuilding, live: str, progress: Progress
) -> Mapping[str, int]:
    """Restore what was chosen, prove it, and move it into the live database; return how much is there.

    live: what that is called.
    Raise RestoreFailedError if it is not what was proven; as the building does.
    """
    progress.phase("restore", total_bytes=manifest.archive.bytes)
    archive.stream(building.write, progress)
    building.finish()
    progress.phase("prove")
    found = building.differences()
    if found:
        raise RestoreFailedError(f"{found[0]}: nothing was put into {live}", "restore from another backup")
    progress.phase("move")
    return building.move()
