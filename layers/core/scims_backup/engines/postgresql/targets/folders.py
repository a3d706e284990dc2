"""A directory for what of an archive must be read twice; what a killed restore left of one is removed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scims_backup.domain.errors import TargetError
from scims_backup.ports import Progress

ROOM = "make room on this machine, or set TMPDIR to another directory"

_PREFIX = "scims-restore-"
_TRIES = 10


@contextmanager
def own_folder(progress: Progress, root: Path | None = None) -> Iterator[Path]:
    """Make a directory that only we may enter, locked while this process lives. Raise TargetError.

    root: where to, None for the directory of temporary files.
    """
    place = root or Path(tempfile.gettempdir())
    try:
        _remove_leftovers(place, progress)
        made, lock = _made(place)
    except OSError as error:
        message = f"cannot create a directory for the archive's beginning: {error.strerror}"
        raise TargetError(message, ROOM) from error
    try:
        with made as folder:
            yield Path(folder)
    finally:
        os.close(lock)


def _made(place: Path) -> tuple[tempfile.TemporaryDirectory[str], int]:
    """Make a directory and lock it; before that another restore may take it for a leftover, and remove it."""
    for _ in range(_TRIES):
        made = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=place)
        lock = _locked(Path(made.name))
        if lock is None:
            continue
        if Path(made.name).is_dir():
            return made, lock
        os.close(lock)
    raise TargetError(f"no directory in {place} can be locked", ROOM)


def _remove_leftovers(root: Path, progress: Progress) -> None:
    """Remove the directories of dead processes: they hold what the vault keeps encrypted."""
    for folder in sorted(root.glob(f"{_PREFIX}*")):
        lock = _locked(folder)
        if lock is not None:
            try:
                shutil.rmtree(folder)
            except OSError as error:
                progress.note(
                    f"{folder}, left behind by a failed restore, could not be removed: {error.strerror}"
                )
            finally:
                os.close(lock)


def _locked(folder: Path) -> int | None:
    """Lock a directory of ours; None if it is another user's, gone, or locked by a living process."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_uid == os.geteuid():
            return descriptor
    except BlockingIOError:
        pass  # its process lives
    os.close(descriptor)
    return None
