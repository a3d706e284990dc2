"""What is said of archives by all who read them."""

from __future__ import annotations

from scims_backup.domain.errors import ArchiveDamagedError
from scims_backup.domain.manifest import Manifest


def damaged(manifest: Manifest) -> ArchiveDamagedError:
    """The error of an archive whose bytes are not those that were dumped."""
    return ArchiveDamagedError(
        f"archive {manifest.archive.vault_ref} of {manifest.backup} is damaged: other bytes than were dumped",
        "check the vault (restic check --read-data), and take a new backup",
    )
