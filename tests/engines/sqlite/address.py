"""Where a folder of SQLite files is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from scims_backup.domain.errors import UsageError

PLAIN = "sqlite"
LATE = "sqlite-late"
"""The scheme of folders whose archives another program makes."""


@dataclass(frozen=True)
class FolderAddress:
    """A folder; implements ports.Address. scheme: how its archive is made."""

    scheme: str
    path: Path

    @classmethod
    def parse(cls, url: str) -> FolderAddress:
        """Read sqlite:///DIR. Raise UsageError if a URL is something else, or has room for a secret."""
        form = f"write {PLAIN}:///DIR or {LATE}:///DIR"
        try:
            scheme, place, path, query, fragment = urlsplit(url)
        except ValueError:
            raise UsageError("the folder's URL cannot be parsed", form) from None
        if "@" in place or query or fragment:
            raise UsageError("the folder's URL has more than a folder in it, e.g. a password", form)
        if scheme not in (PLAIN, LATE) or place or not path.strip("/"):
            raise UsageError("the folder's URL names no folder", form)
        return cls(scheme, Path(path))

    def __str__(self) -> str:
        return f"{self.scheme}://{self.path}"

    def names(self) -> Sequence[str]:
        """Return the folder's path."""
        return [str(self.path)]
