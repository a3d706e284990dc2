"""Folders of SQLite files as sources: read at once, or delivered late."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import SourceError
from scims_backup.domain.level import Level
from scims_backup.ports import Estimate, Progress
from tests.engines.sqlite.archive import archived, unpacked
from tests.engines.sqlite.proof import SqliteProof, prove


@dataclass
class SqliteSnapshot:
    """An archive, whose proof is taken from its bytes once all were yielded; it is its own ProofTask."""

    chunks: Callable[[], Iterator[bytes]]
    estimate: Estimate
    _seen: bytearray = field(default_factory=bytearray)
    _asked: tuple[Level, Progress] | None = None

    def prove(self, level: Level, progress: Progress) -> SqliteSnapshot:
        self._asked = level, progress
        self._seen.clear()
        return self

    def archive(self) -> Iterator[bytes]:
        for chunk in self.chunks():
            self._seen += chunk
            yield chunk

    def check(self) -> None:
        """Nothing can have failed before the archive has ended."""

    def result(self) -> SqliteProof:
        assert self._asked is not None
        with tempfile.TemporaryDirectory() as folder:
            unpacked(bytes(self._seen), Path(folder))
            return prove(Path(folder), *self._asked)

    def warnings(self) -> Sequence[str]:
        return []

    def tools(self) -> Mapping[str, str]:
        return {"sqlite": sqlite3.sqlite_version}


@dataclass(frozen=True)
class SqliteSource:
    """A folder that is read at once; implements ports.Source."""

    folder: Path

    @contextmanager
    def snapshot(self) -> Iterator[SqliteSnapshot]:
        files = list(self.folder.glob("*.db"))
        if not files:
            raise SourceError(f"{self.folder} has no file *.db", "check the folder")
        yield SqliteSnapshot(
            lambda: archived(self.folder), Estimate(sum(one.stat().st_size for one in files))
        )


@dataclass(frozen=True)
class LateSqliteSource:
    """A folder whose archive somebody else makes; implements ports.DelayedSource."""

    folder: Path

    def order(self, backup: BackupId) -> Mapping[str, str]:
        (self.folder / f"{backup.stamp}.ordered").touch()
        return {"stamp": backup.stamp}

    def delivered(self, order: Mapping[str, str]) -> AbstractContextManager[SqliteSnapshot] | None:
        archive = self.folder / f"{order['stamp']}.tar"
        return _opened(archive) if archive.exists() else None


@contextmanager
def _opened(archive: Path) -> Iterator[SqliteSnapshot]:
    yield SqliteSnapshot(lambda: iter([archive.read_bytes()]), Estimate(archive.stat().st_size))


def deliver(folder: Path) -> None:
    """Do what the other side does between two runs: make each archive that was ordered."""
    for order in folder.glob("*.ordered"):
        order.with_suffix(".tar").write_bytes(b"".join(archived(folder)))
