"""A folder of SQLite files as one stream: SQLite's own backup of each, in a tar."""

from __future__ import annotations

import io
import sqlite3
import tarfile
from collections.abc import Iterator
from pathlib import Path

from scims_backup.domain.errors import RestoreFailedError, SourceError

_END = bytes(2 * tarfile.BLOCKSIZE)


def archived(folder: Path) -> Iterator[bytes]:
    """Yield the archive. Raise SourceError if a file cannot be read."""
    for file in sorted(folder.glob("*.db")):
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
        raise RestoreFailedError("the archive has no end", "restore another backup")
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise RestoreFailedError(f"the archive is not a tar: {error}", "restore another backup") from error


def _backed_up(file: Path) -> bytes:
    try:
        source = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        copy = sqlite3.connect(":memory:")
        try:
            source.backup(copy)
            return copy.serialize()
        finally:
            source.close()
            copy.close()
    except sqlite3.Error as error:
        raise SourceError(f"cannot read {file.name}: {error}", "check the file") from error
