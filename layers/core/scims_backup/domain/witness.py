"""What a manifest says, held against what the vault says of its archive: a document alone is a claim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain.backup import BackupId
from scims_backup.domain.manifest import Manifest

SKEW = timedelta(hours=24)
"""So far apart the clocks of a vault and of those who store in it may be."""


@dataclass(frozen=True)
class Seen:
    """An archive according to the vault: which backup it belongs to, and when it was stored."""

    backup: BackupId
    stored_at: datetime


def doubt_of(manifest: Manifest, vault: str, seen: Seen | None) -> str:
    """Say why a manifest is not believed; nothing if it is.

    vault: the kind of the vault that was asked.
    seen: what it holds under the ref, None for nothing.
    """
    archive, started = manifest.archive, manifest.started
    if archive.vault != vault or seen is None:
        return f"its archive {archive.vault_ref} is not in this vault"
    if seen.backup != manifest.backup:
        return f"its archive {archive.vault_ref} belongs to {seen.backup}"
    if started > seen.stored_at + SKEW:
        return (
            f"it claims to have been taken at {_said(started)}, but its archive was stored at "
            f"{_said(seen.stored_at)}"
        )
    if manifest.backup.moment > started + SKEW:
        return f"it claims to have been taken at {_said(started)}, long before its stamp"
    return ""


def is_late(manifest: Manifest, stored_at: datetime, longest: timedelta) -> bool:
    """Say whether an archive came long after its backup's time, as that of a copy or a repeated run does.

    longest: how long a run may take.
    """
    return stored_at > min(manifest.started, manifest.backup.moment) + longest + SKEW


def _said(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
