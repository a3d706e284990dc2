"""SQLite as an engine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from scims_backup.domain.anomaly import LEAST_ROWS, OddRows, OddTable, is_far
from scims_backup.domain.checklist import Look
from scims_backup.domain.checklist.lines import Topic
from scims_backup.domain.credentials import Credentials
from scims_backup.domain.errors import SourceError, UsageError
from scims_backup.domain.health import Check, Observed, fine
from scims_backup.domain.retention import Policy
from scims_backup.domain.words import Words
from scims_backup.ports import EngineSettings
from tests.engines.sqlite.proof import MADE_BY, SqliteProof
from tests.engines.sqlite.source import LateSqliteSource, SqliteSource
from tests.engines.sqlite.target import SqliteFolder, SqliteSandboxes, SqliteTarget

_LATE = "sqlite-late"


@dataclass(frozen=True)
class Folder:
    """Where a folder is; implements ports.Address."""

    scheme: str
    path: Path

    @classmethod
    def parse(cls, url: str) -> Folder:
        parts = urlsplit(url)
        if parts.password is not None:
            raise UsageError("the folder's URL contains a password, and SQLite has none", "remove it")
        if parts.scheme not in SqliteEngine.schemes or parts.netloc or not parts.path.strip("/"):
            raise UsageError("the folder's URL cannot be parsed", "write sqlite:///DIR")
        return cls(parts.scheme, Path(parts.path))

    def __str__(self) -> str:
        return f"{self.scheme}://{self.path}"

    def names(self) -> Sequence[str]:
        return [str(self.path)]


class SqliteEngine:
    """Folders of SQLite files; implements ports.Engine."""

    name = MADE_BY.engine
    title = "SQLite"
    format = MADE_BY.format
    schemes: Sequence[str] = ("sqlite", _LATE)
    words = Words("row", "file")
    retention: Policy | None = Policy(daily=7)
    looks: Sequence[Look] = (
        Look(
            Topic("restore-correct", "What was restored equals what was in the source"),
            but=("integrity-check", "foreign-key-check", "expectation-not-met", "probe-failed"),
            counted=("files", "rows"),
        ),
        Look(Topic("restore-sound", "Every file is sound"), kinds=("integrity-check", "foreign-key-check")),
    )

    def check_address(self, url: str) -> None:
        Folder.parse(url)

    def address(self, url: str, credentials: Credentials | None, environment: Mapping[str, str]) -> Folder:
        return Folder.parse(url)

    def administrator(self, url: str, credentials: Credentials, environment: Mapping[str, str]) -> Folder:
        return Folder.parse(url)

    def keep_apart(self, environment: Mapping[str, str]) -> Sequence[str]:
        return [name for name in environment if name.startswith("SQLITE_")]

    def without_values(self, text: str) -> str:
        return text

    def check_image(self, environment: Mapping[str, str]) -> None:
        """Any image has SQLite."""

    def read_proof(self, data: bytes, name: str) -> SqliteProof:
        return SqliteProof.from_bytes(data, name)

    def odd_rows(self, before: SqliteProof, now: SqliteProof) -> OddRows:
        expected, found = before.counts()["rows"], now.counts()["rows"]
        lost = tuple(
            OddTable(name, sum(rows.rows for rows in tables.values()), None)
            for name, tables in before.files.items()
            if name not in now.files
        )
        return OddRows(expected, found, is_far(expected, found, LEAST_ROWS), lost, self.words)

    def source(self, address: Folder, settings: EngineSettings) -> SqliteSource | LateSqliteSource:
        return LateSqliteSource(address.path) if address.scheme == _LATE else SqliteSource(address.path)

    def database(self, address: Folder) -> SqliteFolder:
        return SqliteFolder(address.path)

    def target(self, address: Folder, settings: EngineSettings, jobs: int | None) -> SqliteTarget:
        return SqliteTarget(address.path)

    def sandboxes(self, settings: EngineSettings) -> SqliteSandboxes:
        return SqliteSandboxes(settings.sandbox_dir)

    def examination(
        self,
        source: str,
        address: Callable[[], Folder],
        settings: EngineSettings,
        clock: Callable[[], datetime],
    ) -> SqliteExamination:
        return SqliteExamination(source, address)


@dataclass(frozen=True)
class SqliteExamination:
    """What doctor checks; implements ports.Examination."""

    source: str
    address: Callable[[], Folder]

    def checks(self) -> Sequence[Check]:
        return [Check("connection", self.source, self._files, needs=("secret",))]

    def bytes(self) -> int:
        return sum(file.stat().st_size for file in self._found())

    def _files(self) -> Iterator[Observed]:
        free = shutil.disk_usage(self.address().path).free
        yield fine(f"{len(self._found())} files can be read; {free} bytes are free beside them")

    def _found(self) -> list[Path]:
        folder = self.address().path
        found = list(folder.glob("*.db"))
        if not found:
            raise SourceError(f"{folder} has no file *.db", "check the folder")
        return found
