"""Reading archives, as everybody does who needs all of their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from scims_backup.domain.errors import ArchiveDamagedError, OperationFailedError
from scims_backup.domain.manifest import Manifest
from scims_backup.ports import Progress, Vault


class OpenArchive:
    """An archive that the vault has begun to deliver.

    close: ends that, and raises if it did not end well.
    """

    def __init__(self, manifest: Manifest, chunks: Iterator[bytes], close: Callable[[], None]) -> None:
        self._manifest, self._chunks, self._close = manifest, chunks, close

    def stream(self, write: Callable[[bytes], None], progress: Progress) -> None:
        """Pass all bytes on, chunk by chunk. Raise ArchiveDamagedError if they are not what was dumped.

        write: where it refuses a chunk, the archive is still read to its end, since damaged bytes can look
        like any other failure; only then is the refusal raised.
        """
        refused: OperationFailedError | None = None
        try:
            for chunk in self.chunks():
                if refused is None:
                    refused = _refused(write, chunk, progress)
        except ArchiveDamagedError as damaged:
            raise damaged from refused
        if refused is not None:
            raise refused

    def chunks(self) -> Iterator[bytes]:
        """Yield all bytes. Raise ArchiveDamagedError at their end if they are not what was dumped."""
        digest = hashlib.sha256()
        for chunk in self._chunks:
            digest.update(chunk)
            yield chunk
        self._close()
        if digest.hexdigest() != self._manifest.archive.sha256:
            raise ArchiveDamagedError(
                f"archive {self._manifest.archive.vault_ref} of {self._manifest.backup} is damaged: its "
                "bytes differ from those that were dumped",
                "check the vault (restic check --read-data), then take a new backup",
            )


@contextmanager
def opened(vault: Vault, manifest: Manifest) -> Iterator[OpenArchive]:
    """Let the vault begin to deliver an archive; what else has to start can start meanwhile."""
    with ExitStack() as reading:
        chunks = reading.enter_context(vault.read(manifest.archive.ref))
        yield OpenArchive(manifest, chunks, reading.close)


def archive_of(vault: Vault, manifest: Manifest, progress: Progress) -> Iterator[bytes]:
    """Yield an archive's bytes. Raise VaultError, and ArchiveDamagedError as OpenArchive."""
    with opened(vault, manifest) as archive:
        for chunk in archive.chunks():
            progress.bytes(len(chunk))
            yield chunk


def _refused(write: Callable[[bytes], None], chunk: bytes, progress: Progress) -> OperationFailedError | None:
    try:
        write(chunk)
    except OperationFailedError as error:
        progress.note(f"{error.message}; reading the archive to its end to check whether it is complete")
        return error
    return None
