"""A key list on a temporary file that has no name, so that it can be read after the proof was taken."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from scims_backup.domain.errors import SandboxError
from scims_backup.engines.redis.proving.key_list import read_key_list
from scims_backup.engines.redis.rules.proof import AtHand, KeyList

_CHUNK = 1 << 16


@contextmanager
def on_disk() -> Iterator[None]:
    """Turn what the disk refuses into SandboxError."""
    try:
        yield
    except OSError as error:
        raise SandboxError(
            f"{tempfile.gettempdir()} takes no temporary file with the list of keys: {error.strerror}",
            "make room there, or set TMPDIR to another directory",
        ) from error


def write_all(file: int, data: bytes) -> None:
    """Write all of it to a file. Raise SandboxError if the disk is full."""
    rest = memoryview(data)
    with on_disk():
        while rest:
            rest = rest[os.write(file, rest) :]


class KeptList:
    """A key list; the file goes with the object, and with what opens its records."""

    def __init__(self) -> None:
        with on_disk(), tempfile.TemporaryFile(prefix="scims-keys-") as file:
            self._file = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._file)

    def write(self, chunk: bytes) -> None:
        """Take the list's next bytes. Raise SandboxError if the disk is full."""
        write_all(self._file, chunk)

    def records(self, expected: KeyList) -> AtHand:
        """Return what opens the records, any number of times. expected: what the proof says of the list."""

        @contextmanager
        def opened() -> Iterator[Iterator[bytes]]:
            yield read_key_list(self._chunks(), expected)

        return opened

    def _chunks(self) -> Iterator[bytes]:
        at = 0
        while chunk := os.pread(self._file, _CHUNK, at):
            yield chunk
            at += len(chunk)
