"""A file that grows while several read it, each at its own pace."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from scims_backup.ports import Progress

_CHUNK_BYTES = 1 << 20
_LEFT_FREE_BYTES = 256 << 20
"""For the archive's beginning, and for others who write there."""
_DATABASE_FACTOR = 2
"""A database with its indexes, in archives (which are not compressed)."""


def has_room(folder: Path, archive_bytes: int, progress: Progress, *, with_database: bool = False) -> bool:
    """Say whether an archive has room in a directory, and more than it; if not, note that.

    with_database: whether the database that it becomes comes to lie on the same disk.
    """
    wanted = archive_bytes * (1 + _DATABASE_FACTOR * with_database)
    if shutil.disk_usage(folder).free >= wanted + _LEFT_FREE_BYTES:
        return True
    progress.note(f"{folder.parent} has no space for the archive: tables are loaded one at a time")
    return False


class Spool:
    """One writer, any number of readers, in threads of one process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb", buffering=0)
        self.length = 0
        self._over = False
        self._grown = threading.Condition()

    def write(self, chunk: bytes) -> None:
        """Add to the end. Raise OSError if there is no room."""
        rest = memoryview(chunk)
        while rest:
            rest = rest[self._file.write(rest) :]
        with self._grown:
            self.length += len(chunk)
            self._grown.notify_all()

    def end(self) -> None:
        """Nothing more comes: readers end where the file does."""
        with self._grown:
            self._over = True
            self._grown.notify_all()
        self._file.close()

    def remove(self) -> None:
        """Give the room back: nobody reads it any more."""
        self._path.unlink()

    def chunks(self) -> Iterator[bytes]:
        """Yield everything from the beginning, waiting for what is still to come."""
        position = 0
        with self._path.open("rb", buffering=0) as file:
            while position < self._awaited(position):
                chunk = file.read(_CHUNK_BYTES)
                position += len(chunk)
                yield chunk

    def _awaited(self, position: int) -> int:
        """Wait until there is more than what was read, or nothing comes; return how much there is."""
        with self._grown:
            self._grown.wait_for(lambda: self._over or self.length > position)
            return self.length
