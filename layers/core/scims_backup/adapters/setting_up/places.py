"""Trying out whether backups can be written into a folder, and reading what is in a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from scims_backup.domain.errors import OperationFailedError, UsageError


def try_folder(folder: Path) -> None:
    """Create a folder that only its owner can read, and write into it. Raise OperationFailedError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"written by scims-backup init\n")
    except OSError as error:
        raise OperationFailedError(
            f"nothing can be written to {folder}: {error.strerror}",
            "choose another folder, or let the user who runs the backups write there",
        ) from None


def has_repository(folder: Path) -> bool:
    """Return whether a restic repository is in a folder."""
    return (folder / "config").is_file()


def kept_secret(file: str) -> str | None:
    """Return the secret in a file, None if it is not there. Raise UsageError if it cannot be read."""
    return first_line(Path(file)) if Path(file).exists() else None


def first_line(file: Path) -> str:
    """Return the first line of a file. Raise UsageError if it cannot be read or is empty."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"{file} cannot be read: {reason}", "check the path and its permissions") from None
    if not lines or not lines[0]:
        raise UsageError(f"{file} is empty", "write the secret into its first line")
    return lines[0]
