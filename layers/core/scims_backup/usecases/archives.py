"""Reading archives, as everybody does who needs all of their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from scims_backup.domain.errors import ArchiveDamagedError
from scims_backup.domain.manifest import Manifest
from scims_backup.ports import Vault


def streamed(vault: Vault, manifest: Manifest, write: Callable[[bytes], None]) -> None:
    """Pass an archive on, chunk by chunk. Raise ArchiveDamagedError if its bytes are not what was dumped."""
    digest = hashlib.sha256()
    with vault.read(manifest.archive.ref) as chunks:
        for chunk in chunks:
            digest.update(chunk)
            write(chunk)
    if digest.hexdigest() != manifest.archive.sha256:
        raise ArchiveDamagedError(
            f"archive {manifest.archive.vault_ref} of {manifest.backup} is damaged:"
            " other bytes than were dumped",
            "check the vault (restic check --read-data), and take a new backup",
        )
