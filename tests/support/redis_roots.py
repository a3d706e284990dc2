"""Directories for sandboxes of Redis, and what still works in them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sandbox_root() -> Iterator[Path]:
    """Make a directory that the server's user can reach, as pytest's is not; nothing may stay in it."""
    directory = Path(tempfile.mkdtemp(prefix="sandboxes-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        yield directory
        assert list(directory.iterdir()) == []
        assert servers_below(directory) == []
    finally:
        shutil.rmtree(directory)


def servers_below(directory: Path) -> list[int]:
    """The ids of every process that works below a directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(directory):
                found.append(int(process.name))
        except (OSError, ValueError):
            continue
    return found
