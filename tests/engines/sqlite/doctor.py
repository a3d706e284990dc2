"""What `doctor` looks at in a folder of SQLite files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from scims_backup.domain.health import Check, Observed, fine, problem
from tests.engines.sqlite.address import FolderAddress
from tests.engines.sqlite.files import databases_in, opened


@dataclass(frozen=True)
class SqliteExamination:
    """The looks at one folder; implements ports.Examination. address: makes the address, or fails."""

    source: str
    address: Callable[[], FolderAddress]

    def checks(self) -> Sequence[Check]:
        """Return the checks."""
        return [
            Check("connection", self.source, self._files, needs=("secret",)),
            Check("room", tempfile.gettempdir(), self._room, needs=("connection",)),
        ]

    def bytes(self) -> int:
        """Return the size of all files."""
        return sum(file.stat().st_size for file in databases_in(self.address().path))

    def _files(self) -> Iterator[Observed]:
        files = databases_in(self.address().path)
        for file in files:
            with opened(file) as connection:
                connection.execute("PRAGMA schema_version").fetchone()
        yield fine(f"{len(files)} files can be read")

    def _room(self) -> Iterator[Observed]:
        free, needed = shutil.disk_usage(tempfile.gettempdir()).free, self.bytes()
        if free < needed:
            yield problem(f"proving the archive needs {needed} bytes; {free} are free", "set TMPDIR")
        else:
            yield fine(f"proving the archive needs {needed} bytes; {free} are free")
