"""Pages in a local folder."""

from __future__ import annotations

import secrets
from pathlib import Path

from scims_backup.domain.errors import PageError


class FolderPages:
    """Pages below a folder, which is made when the first one is stored."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, name: str, html: str) -> None:
        """Store a page whole, in place of the previous one. Raise PageError if that cannot be done."""
        path = self._root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, html)
        except OSError as error:
            raise PageError(
                f"the page {path} cannot be written: {error.strerror or error}",
                "choose a folder that this user can write to, on a disk with free space",
            ) from error

    def __str__(self) -> str:
        return str(self._root)


def _replace(path: Path, html: str) -> None:
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        partial.write_text(html, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
