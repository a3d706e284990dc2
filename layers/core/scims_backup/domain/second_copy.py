"""A second copy of a backup: what says that there is one, and what may make it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.documents import damaged, read
from scims_backup.domain.errors import DocumentError, UsageError
from scims_backup.domain.manifest import Archive, Manifest
from scims_backup.domain.witness import SKEW

VERSION = 1
LONGEST_COPY = timedelta(hours=24)
"""A copy takes as long as the way there: it lives longer than a run may that is bound by a function's time.

The other side's prune grants a dead run as long, unless its `longest_run_hours` says less.
"""
COPY_AGE = timedelta(days=8)
"""Of the newest copied backup, where the settings promise nothing."""
_PROOF = r"(~[0-9]+)?\.json\.zst"
WHICH = ("newest", "newest-proven")
"""What can be copied by a schedule."""


@dataclass(frozen=True)
class CopyRecord:
    """What the source's catalog keeps of a copy.

    catalog: where the copy's manifest is, without secrets.
    """

    backup: BackupId
    catalog: str
    archive: Archive

    @classmethod
    def of(cls, copied: Manifest, catalog: str) -> CopyRecord:
        """Describe a copy by its own manifest."""
        return cls(copied.backup, catalog, copied.archive)

    @property
    def key(self) -> str:
        """Its key in the source's catalog."""
        return keys.copy_of(self.backup, place_of(self.catalog))

    def to_bytes(self) -> bytes:
        """Write the document, the same bytes for the same copy."""
        document = {"version": VERSION, "id": str(self.backup), "catalog": self.catalog}
        return json.dumps({**document, "archive": vars(self.archive)}, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> CopyRecord:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        document = read(_Document, data, name, VERSION)
        try:
            backup = BackupId.parse(document.id)
        except UsageError as error:
            raise damaged(name, f"id is {document.id!r}, which is not a backup id") from error
        return cls(backup, document.catalog, document.archive)


@dataclass(frozen=True)
class _Document:
    id: str
    catalog: str
    archive: Archive


def place_of(catalog: str) -> str:
    """The word in keys for a catalog's address: copies elsewhere are counted apart."""
    return hashlib.sha256(catalog.encode()).hexdigest()[:16]


def copied_stamps(found: Iterable[str], catalog: str) -> list[str]:
    """The stamps of the backups that were copied to a catalog, ascending. found: keys below `copies/`."""
    place = place_of(catalog)
    return sorted(
        backup.stamp for backup, where in filter(None, map(keys.copy_of_key, found)) if where == place
    )


def newest_of_copies(
    found: Iterable[str], source: str, catalog: str, taken: Mapping[str, datetime], now: datetime
) -> tuple[BackupId, datetime] | None:
    """Return the newest backup that was copied to a catalog, and when its snapshot was taken.

    found: keys below `copies/`.
    taken: stamp → moment of the backups that are here. One that was removed here counts by its stamp.
    now: a backup of a later moment does not count.
    """
    backups = (BackupId(source, stamp) for stamp in copied_stamps(found, catalog))
    moments = ((backup, taken.get(backup.stamp, backup.moment)) for backup in backups)
    past = (one for one in moments if one[1] <= now + SKEW and one[0].moment <= now + SKEW)
    return max(past, key=lambda one: one[1], default=None)


def copied(manifest: bytes, archive: Archive) -> bytes:
    """The manifest of a copy: all is as it was, what a newer program wrote too, but where the archive lies.

    manifest: one that can be read.
    """
    document = json.loads(manifest)
    document["archive"] |= {"vault": archive.vault, "ref": archive.ref, "stored_bytes": archive.stored_bytes}
    return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"


def refuse_another(manifest: Manifest, there: Manifest) -> None:
    """Raise DocumentError if what is called a copy is one of something else."""
    if there.archive.sha256 != manifest.archive.sha256 or there.proof.sha256 != manifest.proof.sha256:
        raise DocumentError(
            f"{manifest.backup} already exists there, but it is a different backup: its archive or proof "
            "has another SHA-256",
            "copy into a catalog that holds only copies of this source, and find out who wrote there",
        )


def refuse_foreign_proof(manifest: Manifest) -> None:
    """Raise DocumentError if a manifest names a proof that is not its backup's: its key is written there."""
    if re.fullmatch(re.escape(keys.proofs_of(manifest.backup)) + _PROOF, manifest.proof.key) is None:
        raise DocumentError(
            f"the manifest of {manifest.backup} names {manifest.proof.key} as its proof, which belongs to "
            "something else",
            "find out who wrote it; restore the manifest from the catalog's older versions",
        )


def seconds_needed(archive_bytes: int, bytes_per_second: float) -> float:
    """How long a copy takes at a rate."""
    return archive_bytes / bytes_per_second
