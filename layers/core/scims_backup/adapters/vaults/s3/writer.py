"""Writing one archive: compressing, cutting into parts, and handing them to the upload."""

from __future__ import annotations

import os

from zstandard import ZstdCompressionParameters, ZstdCompressor

from scims_backup.adapters.vaults.s3.parts import part_bytes
from scims_backup.adapters.vaults.s3.upload import Upload
from scims_backup.ports import Stored

_LEVEL = 3
_MOST_THREADS = 4
_JOB = 2 << 20
"""Bytes that a thread compresses at once: with zstd's own choice, 8 MiB, all would take 200 MiB."""
_SLICE = 1 << 20
"""Bytes compressed at once, whatever the size of the chunks."""


class S3Writer:
    """One archive on its way into the bucket."""

    def __init__(self, upload: Upload) -> None:
        self._frame = ZstdCompressor(compression_params=_parameters()).compressobj()
        self._upload = upload
        self._number = 1
        self._part = bytearray()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; blocks while the store is behind. Raise VaultError if it failed."""
        self._upload.check()
        view = memoryview(chunk)
        for start in range(0, len(view), _SLICE):
            self._take(self._frame.compress(view[start : start + _SLICE]))

    def commit(self) -> Stored:
        """End the archive cleanly. Raise VaultError if the store failed; stored_bytes: after compression."""
        self._take(self._frame.flush())
        if self._part:
            self._upload.add(self._number, self._part)
        self._upload.complete()
        return Stored(self._upload.ref, self._upload.bytes)

    def _take(self, compressed: bytes) -> None:
        self._part += compressed
        while len(self._part) >= (size := part_bytes(self._number)):
            rest = self._part[size:]
            del self._part[size:]
            self._upload.add(self._number, self._part)
            self._part = rest
            self._number += 1


def _parameters() -> ZstdCompressionParameters:
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    return ZstdCompressionParameters.from_level(_LEVEL, threads=threads, job_size=_JOB, write_checksum=True)
