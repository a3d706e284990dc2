"""Folders of SQLite files as sources: read at once, or delivered late."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import OrderLostError, SourceError
from scims_backup.domain.level import Level
from scims_backup.ports import Estimate, Progress
from tests.engines.sqlite.archive import archived, unpacked
from tests.engines.sqlite.files import databases_in
from tests.engines.sqlite.proof import SqliteProof, prove


@dataclass
class SqliteSnapshot:
    """An archive; implements ports.Snapshot. chunks: begins to read it."""

    chunks: Callable[[], Iterator[bytes]]
    estimate: Estimate
    taken: datetime | None = None
    _seen: bytearray = field(default_factory=bytearray)

    def prove(self, level: Level, progress: Progress) -> SqliteProofTask:
        """Begin to remember what `archive` yields."""
        self._seen.clear()
        return SqliteProofTask(self._seen, level, progress)

    def archive(self) -> Iterator[bytes]:
        """Yield the archive's bytes."""
        for chunk in self.chunks():
            self._seen += chunk
            yield chunk

    def warnings(self) -> Sequence[str]:
        """Nothing can be wrong that does not fail."""
        return ()

    def tools(self) -> Mapping[str, str]:
        """Name SQLite's version."""
        return {"sqlite": sqlite3.sqlite_version}


@dataclass(frozen=True)
class SqliteProofTask:
    """A proof of an archive's own bytes; implements ports.ProofTask."""

    archive: bytearray
    level: Level
    progress: Progress

    def check(self) -> None:
        """Nothing fails before the archive has ended."""

    def result(self) -> SqliteProof:
        """Unpack what was yielded, and read it."""
        with tempfile.TemporaryDirectory() as folder:
            unpacked(bytes(self.archive), Path(folder))
            return prove(Path(folder), self.level, self.progress)


@dataclass(frozen=True)
class SqliteSource:
    """A folder that is read at once; implements ports.Source."""

    folder: Path

    @contextmanager
    def snapshot(self) -> Iterator[SqliteSnapshot]:
        """Return the folder's archive: each file is of one state. Raise SourceError if it has no files."""
        size = sum(file.stat().st_size for file in databases_in(self.folder))
        yield SqliteSnapshot(partial(archived, self.folder), Estimate(size))


@dataclass(frozen=True)
class LateSqliteSource:
    """A folder in which another program makes the archive; implements ports.DelayedSource."""

    folder: Path

    def order(self, backup: BackupId) -> Mapping[str, str]:
        """Ask for the archive by an empty file. Raise SourceError if it cannot be put there."""
        try:
            self._ordered(backup.stamp).touch()
        except OSError as error:
            raise SourceError(
                f"cannot order an archive in {self.folder}: {error.strerror}", "check the folder"
            ) from error
        return {"stamp": backup.stamp}

    def delivered(self, order: Mapping[str, str]) -> AbstractContextManager[SqliteSnapshot] | None:
        """Return the archive, None if there is only the order. Raise OrderLostError if neither is there."""
        archive = self._ordered(order["stamp"]).with_suffix(".tar")
        if archive.exists():
            return _held(archive)
        if not self._ordered(order["stamp"]).exists():
            raise OrderLostError(
                f"nothing will deliver {archive}: its order was removed", "take a new backup"
            )
        return None

    def collected(self, order: Mapping[str, str]) -> None:
        """Remove the order and its archive."""
        ordered = self._ordered(order["stamp"])
        ordered.unlink(missing_ok=True)
        ordered.with_suffix(".tar").unlink(missing_ok=True)

    def _ordered(self, stamp: str) -> Path:
        return self.folder / f"{stamp}.ordered"


@contextmanager
def _held(archive: Path) -> Iterator[SqliteSnapshot]:
    made = archive.stat()
    taken = datetime.fromtimestamp(made.st_mtime, UTC)
    yield SqliteSnapshot(lambda: iter([archive.read_bytes()]), Estimate(made.st_size), taken)


def deliver(folder: Path) -> None:
    """Do what the other program does between two runs: make each archive that was ordered."""
    for order in folder.glob("*.ordered"):
        order.with_suffix(".tar").write_bytes(b"".join(archived(folder)))
