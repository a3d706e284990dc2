"""Snapshots as archives: how they are named and tagged, listed and forgotten."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from scims_backup.adapters.vaults.restic.program import Program
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import ArchiveMissingError, DeleteRefusedError, UsageError
from scims_backup.ports import StoredArchive

TAG = "scims-backup"


def file_name(backup: BackupId) -> str:
    """The name of the archive's file inside its snapshot."""
    return f"{backup}.dump"


def tags(backup: BackupId) -> tuple[str, str, str]:
    """The tags of the archive's snapshot: ours, the source's name, the backup's id."""
    return (TAG, backup.source, str(backup))


def of_source(program: Program, source: str) -> Sequence[StoredArchive]:
    """Return every archive of a source, oldest first; snapshots that are not ours are left alone."""
    found = _listed(program, "--host", source, "--tag", f"{TAG},{source}")
    archives = [_archive(snapshot, backup) for snapshot in found if (backup := _backup(snapshot, source))]
    return sorted(archives, key=lambda archive: archive.stored_at)


def of_backup(program: Program, backup: BackupId, mark: str) -> Sequence[StoredArchive]:
    """Return every archive that carries one backup's tags and a run's mark: one, or none."""
    found = _listed(program, "--host", backup.source, "--tag", ",".join((*tags(backup), mark)))
    return [_archive(snapshot, backup) for snapshot in found]


def hosts_by_id(program: Program) -> dict[str, str]:
    """Return every snapshot of the repository, whosever it is, with the host it names: a source, if ours."""
    return {snapshot["id"]: snapshot.get("hostname", "") for snapshot in _listed(program)}


def path_in(program: Program, ref: str) -> str:
    """Return the path of the archive's file in its snapshot. Raise ArchiveMissingError if there is none."""
    for snapshot in _listed(program, ref):
        if snapshot["id"] == ref and len(snapshot["paths"]) == 1:
            return str(snapshot["paths"][0])
    raise ArchiveMissingError(f"there is no archive {ref} in {program}", "`restic snapshots` lists all")


def forget(program: Program, source: str, ref: str) -> None:
    """Remove one snapshot; one that is not there is removed already. Needs the repository for itself.

    Raise DeleteRefusedError if it is there but is no archive of this source.
    """
    found = [snapshot for snapshot in _listed(program, ref) if snapshot["id"] == ref]
    if not found:
        return
    if _backup(found[0], source) is None:
        raise DeleteRefusedError(
            f"archive {ref} in {program} is not of source {source}", "remove it as a backup of its own source"
        )
    program.unlocked(lambda: program.answer(f"cannot remove archive {ref}", "forget", ref))


def _listed(program: Program, *which: str) -> list[dict[str, Any]]:
    # Without a lock: works for a reader that may not write, and beside a removal.
    said = program.answer("cannot list the archives", "snapshots", "--json", "--no-lock", *which)
    return json.loads(said) or []


def _backup(snapshot: dict[str, Any], source: str) -> BackupId | None:
    for tag in snapshot.get("tags") or ():
        try:
            backup = BackupId.parse(tag)
        except UsageError:
            continue
        if backup.source == source:
            return backup
    return None


def _archive(snapshot: dict[str, Any], backup: BackupId) -> StoredArchive:
    return StoredArchive(snapshot["id"], backup, datetime.fromisoformat(snapshot["time"]))
