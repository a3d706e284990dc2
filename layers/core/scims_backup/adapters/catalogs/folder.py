"""A catalog in a local folder: every object is a file, made by an exclusive hard link."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scims_backup.adapters.catalogs.naming import check_key
from scims_backup.domain.errors import CatalogUnreachableError, KeyMissingError, KeyTakenError

_PARTIAL = ".partial"
"""Objects are written here first; no part of a key begins with a dot, so this is never listed."""

_CURES = {
    errno.ENOSPC: "free space on its file system",
    errno.EDQUOT: "free space, or raise the quota",
    errno.EACCES: "allow this user to read and write there",
    errno.EROFS: "mount its file system read-write",
    errno.ENOTDIR: "choose a folder, or a path where one can be created",
    errno.EPERM: "use a file system that supports hard links",
    errno.EOPNOTSUPP: "use a file system that supports hard links",
    errno.ENAMETOOLONG: "use a shorter path",
}


class FolderCatalog:
    """A catalog under one folder, which is made when the first object is stored.

    root: an absolute path; all of it is in one file system, which has hard links.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def put_new(self, key: str, data: bytes) -> None:
        """Create an object, whole or not at all. Raise KeyTakenError if other bytes are stored there."""
        path = self._path(key)
        with self._translating(f"cannot store {key}"):
            path.parent.mkdir(parents=True, exist_ok=True)
            if not self._linked(path, data) and path.read_bytes() != data:
                raise KeyTakenError(f"{key} is already stored with other content, in {self}")
            self._persist(path.parent)

    def get(self, key: str) -> bytes:
        """Return an object's bytes. Raise KeyMissingError if there is none."""
        path = self._path(key)
        with self._translating(f"cannot read {key}"):
            try:
                return path.read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                raise KeyMissingError(f"{key} is not stored in {self}") from None

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with prefix, in ascending order."""
        folder, _, _ = prefix.rpartition("/")
        start = self._path(folder) if folder else self._root
        with self._translating(f"cannot list {prefix}"):
            found = sorted(path.relative_to(self._root).as_posix() for path in _files(start))
        yield from (key for key in found if key.startswith(prefix))

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is removed already."""
        path = self._path(key)
        with self._translating(f"cannot remove {key}"):
            try:
                path.unlink()
            except (FileNotFoundError, NotADirectoryError):
                return
            self._persist(path.parent)

    def __str__(self) -> str:
        return f"the catalog {self._root}"

    def _path(self, key: str) -> Path:
        check_key(key)
        return self._root.joinpath(*key.split("/"))

    def _linked(self, path: Path, data: bytes) -> bool:
        """Write the object aside and link it to its name; say whether the name was free."""
        partial = self._root / _PARTIAL / secrets.token_hex(16)
        partial.parent.mkdir(exist_ok=True)
        try:
            _write(partial, data)
            os.link(partial, path)
        except FileExistsError:
            return False
        finally:
            partial.unlink(missing_ok=True)
        return True

    def _persist(self, folder: Path) -> None:
        """Make names durable, from a folder up to the root: any of them may be new."""
        while True:
            _sync_folder(folder)
            if folder == self._root:
                return
            folder = folder.parent

    @contextmanager
    def _translating(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            cure = _CURES.get(error.errno or 0, "check the folder and its file system")
            raise CatalogUnreachableError(f"{doing} in {self}: {error.strerror or error}", cure) from error


def _files(folder: Path) -> Iterator[Path]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _files(Path(entry.path))
        else:
            yield Path(entry.path)


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
