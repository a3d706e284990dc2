"""Writing one archive: compressing, cutting into parts, and handing them to the upload."""

from __future__ import annotations

import os

from zstandard import ZstdCompressor

from scims_backup.adapters.vaults.s3.parts import part_bytes
from scims_backup.adapters.vaults.s3.upload import Upload
from scims_backup.ports import Stored

_LEVEL = 3
_MOST_THREADS = 4
"""Each takes some 20 MiB; two outrun what pg_dump gives."""
_SLICE = 1 << 20
"""Bytes compressed at once, whatever the size of the chunks."""


class S3Writer:
    """One archive on its way into the bucket."""

    def __init__(self, upload: Upload) -> None:
        threads = min(_MOST_THREADS, os.cpu_count() or 1)
        self._frame = ZstdCompressor(level=_LEVEL, threads=threads, write_checksum=True).compressobj()
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
