"""The names of our snapshots: what does not have one is none of ours, and is never removed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain.backup import BackupId, is_stamp, moment_of

_OURS = "scims-backup"
_SLUG_LENGTH = 40
_STAMP = r"[0-9]{8}t[0-9]{6}z"


@dataclass(frozen=True)
class SnapshotNames:
    """The names of one source's snapshots, e.g. `scims-backup-scims-redis-1f2e3d4c-20261122t020000z`.

    The keys of what is exported begin with them. ElastiCache takes letters, digits and single hyphens, so two
    sources may look alike; the digest, of source and bucket, tells them apart.

    source: its name.
    bucket: that it is exported to; another stack has another one.
    """

    source: str
    bucket: str

    def of(self, backup: BackupId) -> str:
        """Return the name of the snapshot of a backup."""
        return self.prefix + backup.stamp.lower()

    @property
    def prefix(self) -> str:
        """What all names of the source begin with."""
        slug = re.sub(r"[^a-z0-9]+", "-", self.source)[:_SLUG_LENGTH].strip("-")
        digest = hashlib.sha256(f"{self.source}\n{self.bucket}".encode()).hexdigest()[:8]
        return f"{_OURS}-{slug}-{digest}-"

    def moment(self, name: str) -> datetime | None:
        """Return for when a snapshot was ordered, or the one that an object is exported from.

        None if it is no snapshot of this source.
        """
        found = re.match(rf"{re.escape(self.prefix)}({_STAMP})(?![a-z0-9])", name)
        stamp = found[1].upper() if found else ""
        return moment_of(stamp) if is_stamp(stamp) else None
