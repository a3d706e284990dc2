"""Writing the files of a new deployment, none of them half, and none of somebody else's."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scims_backup.domain.errors import OperationFailedError, UsageError
from scims_backup.domain.first_steps.files import NewFile

_FOLDER_MODE = 0o755


def refuse_existing(files: Sequence[str]) -> None:
    """Raise UsageError if one of these files is there already."""
    there = [file for file in files if Path(file).exists()]
    if there:
        raise UsageError(
            f"there already is {', '.join(there)}",
            "add --force to overwrite it, or choose other folders with --config and --schedule-dir",
        )


def write_files(files: Sequence[NewFile]) -> None:
    """Write files in their order, each as a whole. Raise OperationFailedError."""
    for file in files:
        path = Path(file.path)
        try:
            _write(path, file)
        except OSError as error:
            raise OperationFailedError(
                f"{path} cannot be written: {error.strerror}",
                "run it as a user who may, or choose other folders",
            ) from None


def _write(path: Path, file: NewFile) -> None:
    path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    # mkstemp's file is its owner's alone from the beginning
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(file.text)
            written.flush()
            os.fchmod(descriptor, file.mode)
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
