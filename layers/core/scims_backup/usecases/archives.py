"""Reading archives, as everybody does who needs all of their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from scims_backup.domain.errors import ArchiveDamagedError, RestoreFailedError
from scims_backup.domain.manifest import Manifest
from scims_backup.ports import Vault


def streamed(vault: Vault, manifest: Manifest, write: Callable[[bytes], None]) -> None:
    """Pass an archive on, chunk by chunk. Raise ArchiveDamagedError if its bytes are not what was dumped.

    write: where RestoreFailedError refuses a chunk, the archive is read to its end: it may be damaged.
    """
    digest = hashlib.sha256()
    refused: RestoreFailedError | None = None
    with vault.read(manifest.archive.ref) as chunks:
        for chunk in chunks:
            digest.update(chunk)
            refused = refused or _refused(write, chunk)
    if digest.hexdigest() != manifest.archive.sha256:
        raise ArchiveDamagedError(
            f"archive {manifest.archive.vault_ref} of {manifest.backup} is damaged:"
            " other bytes than were dumped",
            "check the vault (restic check --read-data), and take a new backup",
        ) from refused
    if refused is not None:
        raise refused


def _refused(write: Callable[[bytes], None], chunk: bytes) -> RestoreFailedError | None:
    try:
        write(chunk)
    except RestoreFailedError as error:
        return error
    return None
