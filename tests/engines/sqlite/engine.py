"""SQLite as an engine: where its parts are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from scims_backup.domain.checklist import Look
from scims_backup.domain.checklist.lines import Topic
from scims_backup.domain.credentials import Credentials
from scims_backup.domain.retention import Policy
from scims_backup.domain.words import Words
from scims_backup.ports import DelayedSource, EngineSettings, Source
from tests.engines.sqlite.address import LATE, PLAIN, FolderAddress
from tests.engines.sqlite.doctor import SqliteExamination
from tests.engines.sqlite.folder import SqliteFolder
from tests.engines.sqlite.proof import MADE_BY, SqliteProof
from tests.engines.sqlite.source import LateSqliteSource, SqliteSource
from tests.engines.sqlite.target import SqliteSandboxes, SqliteTarget


class SqliteEngine:
    """Folders of SQLite files; implements ports.Engine."""

    name = MADE_BY.engine
    title = "SQLite"
    format = MADE_BY.format
    schemes: Sequence[str] = (PLAIN, LATE)
    words = Words("row", "file")
    retention: Policy | None = Policy(daily=7)
    looks: Sequence[Look] = (
        Look(
            Topic("restore-correct", "The restored files match the source"),
            but=("integrity-check", "foreign-key-check", "expectation-not-met", "probe-failed"),
            skipped=("content of rows",),
            counted=("files", "rows"),
        ),
        Look(
            Topic("restore-intact", "Every file is intact, and its foreign keys are valid"),
            kinds=("integrity-check", "foreign-key-check"),
            counted=("files",),
        ),
    )

    runs_after_restore = False

    def check_address(self, url: str) -> None:
        """Raise UsageError unless a URL is a folder's."""
        FolderAddress.parse(url)

    def address(
        self, url: str, credentials: Credentials | None, environment: Mapping[str, str]
    ) -> FolderAddress:
        """Return where the folder is; nothing else than the URL knows that."""
        return FolderAddress.parse(url)

    def administrator(
        self, url: str, credentials: Credentials, environment: Mapping[str, str]
    ) -> FolderAddress:
        """Return where the folder is: SQLite has no administrators."""
        return FolderAddress.parse(url)

    def keep_apart(self, environment: Mapping[str, str]) -> Sequence[str]:
        """Return SQLite's variables, e.g. SQLITE_TMPDIR."""
        return [name for name in environment if name.startswith("SQLITE_")]

    def without_values(self, text: str) -> str:
        """Return the message: SQLite quotes no data."""
        return text

    def check_image(self, environment: Mapping[str, str]) -> None:
        """Every image has SQLite."""

    def read_proof(self, data: bytes, name: str) -> SqliteProof:
        """Read a proof back."""
        return SqliteProof.from_bytes(data, name)

    def source(
        self, address: FolderAddress, settings: EngineSettings
    ) -> Source[SqliteProof] | DelayedSource[SqliteProof]:
        """Return a folder to back up."""
        return LateSqliteSource(address.path) if address.scheme == LATE else SqliteSource(address.path)

    def database(self, address: FolderAddress, settings: EngineSettings) -> SqliteFolder:
        """Return a folder to hold against a proof."""
        return SqliteFolder(address.path)

    def target(self, address: FolderAddress, settings: EngineSettings, jobs: int | None) -> SqliteTarget:
        """Return a folder to restore beside."""
        return SqliteTarget(address.path)

    def sandboxes(self, settings: EngineSettings) -> SqliteSandboxes:
        """Return temporary folders on this machine."""
        return SqliteSandboxes(settings.sandbox_dir)

    def examination(
        self,
        source: str,
        address: Callable[[], FolderAddress],
        settings: EngineSettings,
        clock: Callable[[], datetime],
    ) -> SqliteExamination:
        """Return what `doctor` looks at."""
        return SqliteExamination(source, address)
