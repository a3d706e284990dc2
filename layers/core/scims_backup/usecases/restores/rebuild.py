"""The one road back: how an archive becomes a database again, for drills and restores alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scims_backup.domain.manifest import Manifest
from scims_backup.ports import Building, Progress, Proof, Target
from scims_backup.usecases.stored.archives import OpenArchive


@contextmanager
def rebuilt(
    target: Target[Any], manifest: Manifest, archive: OpenArchive, proof: Proof, progress: Progress
) -> Iterator[Building]:
    """Restore an archive into a new database, which is dropped at the end unless it is kept.

    What is yielded is whole: the last byte had the manifest's checksum.
    Raise RestoreFailedError, ArchiveDamagedError, TargetError or VaultError.
    """
    with target.build(proof, manifest.archive.bytes, progress) as building:
        if building.roles_created:
            created = ", ".join(building.roles_created)
            progress.note(f"roles were created without passwords: {created}")
        archive.stream(building.write, progress)
        building.finish(progress)
        yield building
