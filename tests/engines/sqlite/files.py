"""The SQLite files of a folder, and folders that a run must not leave behind."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from scims_backup.domain.errors import OperationFailedError, SourceError


def databases_in(folder: Path) -> list[Path]:
    """Return a folder's files *.db, in the order of their names. Raise SourceError if there is none."""
    found = sorted(folder.glob("*.db"))
    if not found:
        raise SourceError(f"{folder} has no file *.db", "check the folder's path, and its permissions")
    return found


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a file for reading only. Raise SourceError if it, or what is done with it, fails."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise SourceError(f"cannot read {file}: {error}", "check the file, e.g. with sqlite3") from error


@contextmanager
def disposable(root: Path, prefix: str, refused: Callable[[OSError], OperationFailedError]) -> Iterator[Path]:
    """Make a folder that is removed at the end, after those of processes that died.

    prefix: of its name; the number of the process follows.
    refused: makes the error that is raised if the folder cannot be made.
    """
    try:
        for left in root.glob(f"{prefix}*"):
            owner = re.match(r"(\d+)-", left.name.removeprefix(prefix))
            if owner and not Path("/proc", owner[1]).exists():
                shutil.rmtree(left)
        folder = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=root))
    except OSError as error:
        raise refused(error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
