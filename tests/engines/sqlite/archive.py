"""A folder of SQLite files as one stream: SQLite's own backup of each, in a tar."""

from __future__ import annotations

import io
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from scims_backup.domain.errors import RestoreFailedError
from tests.engines.sqlite.files import databases_in, opened

_END = bytes(2 * tarfile.BLOCKSIZE)
_CURE = "restore another backup, and take a new one"


def archived(folder: Path) -> Iterator[bytes]:
    """Yield the archive. Raise SourceError if a file cannot be read."""
    for file in databases_in(folder):
        data = _backed_up(file)
        entry = tarfile.TarInfo(file.name)
        entry.size = len(data)
        yield entry.tobuf()
        yield data
        yield bytes(-len(data) % tarfile.BLOCKSIZE)
    yield _END


def unpacked(archive: bytes, folder: Path) -> None:
    """Put an archive's files into a folder. Raise RestoreFailedError if it is not whole."""
    if not archive.endswith(_END):
        raise RestoreFailedError("the archive has no end", _CURE)
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise RestoreFailedError(f"the archive cannot be unpacked: {error}", _CURE) from error


def _backed_up(file: Path) -> bytes:
    with opened(file) as source, closing(sqlite3.connect(":memory:")) as copy:
        source.backup(copy)
        return copy.serialize()
