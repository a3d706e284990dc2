"""Where a folder of SQLite files is restored to: beside a live one, or in a sandbox."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import OperationFailedError, SandboxError, TargetError, UsageError
from scims_backup.domain.verdict import Finding
from scims_backup.ports import Progress, Surveyed
from tests.engines.sqlite.archive import unpacked
from tests.engines.sqlite.files import disposable
from tests.engines.sqlite.folder import SqliteFolder
from tests.engines.sqlite.proof import SqliteProof

_OTHER_NAME = "choose another name with --into"


class SqliteBuilding:
    """A folder that an archive is restored into; implements ports.Building."""

    roles_created: Sequence[str] = ()
    findings: Sequence[Finding] = ()

    def __init__(self, folder: Path, like: SqliteProof, progress: Progress) -> None:
        self.name = folder.name
        self._folder, self._like, self._progress = folder, like, progress
        self._archive = bytearray()

    def write(self, chunk: bytes) -> None:
        """Remember the archive: a tar is unpacked when all of it is there."""
        self._archive += chunk
        self._progress.bytes(len(chunk))

    def finish(self, progress: Progress) -> None:
        """Unpack it. Raise RestoreFailedError if it is not whole."""
        unpacked(bytes(self._archive), self._folder)
        for file, rows in self._like.rows_by_file().items():
            progress.rows(file, rows)

    def keep(self, name: str) -> None:
        """Rename the folder. Raise TargetError if the name is taken."""
        goal = self._folder.with_name(name)
        if goal.exists():
            raise TargetError(f"{goal} already exists", _OTHER_NAME)
        try:
            self._folder.rename(goal)
        except OSError as error:
            raise TargetError(f"cannot create {name}: {error.strerror}", _OTHER_NAME) from error


@dataclass(frozen=True)
class SqliteTarget:
    """The folders beside a live one; implements ports.Target. It neither swaps nor restores tables."""

    folder: Path

    @property
    def live(self) -> str:
        """The live folder's name."""
        return self.folder.name

    @property
    def name(self) -> str:
        """The live folder's address."""
        return f"sqlite://{self.folder}"

    def restored_name(self, backup: BackupId) -> str:
        """Name a folder after the live one and the backup."""
        return f"{self.live}_restored_{backup.stamp.lower()}"

    def check_name(self, name: str) -> None:
        """Refuse the live folder's name, hidden folders, and other places."""
        if name in ("", self.live) or name.startswith(".") or "/" in name or "\0" in name:
            raise UsageError(f"a restored folder cannot be called {name!r}", _OTHER_NAME)

    def how_to_drop(self, name: str) -> str:
        """Return a shell command."""
        return f"rm -r '{self._at(name)}'"

    def survey(self, like: SqliteProof, archive_bytes: int, name: str) -> Sequence[Surveyed]:
        """Look at the space, and at the name. Raise TargetError if there is no place for a folder."""
        try:
            free = shutil.disk_usage(self.folder.parent).free
        except OSError as error:
            raise self._refused(error) from error
        return [
            Surveyed("space", free > archive_bytes, f"{free} bytes free, {archive_bytes} needed"),
            Surveyed("name", not self.has(name), f"{name} {'exists' if self.has(name) else 'is free'}"),
        ]

    def has(self, name: str) -> bool:
        """Say whether there is a folder of this name."""
        return self._at(name).exists()

    @contextmanager
    def build(self, like: SqliteProof, archive_bytes: int, progress: Progress) -> Iterator[SqliteBuilding]:
        """Make a folder. Raise TargetError if that fails."""
        with self._temporary() as folder:
            yield SqliteBuilding(folder, like, progress)

    def database(self, name: str) -> SqliteFolder:
        """Return one of the folders."""
        return SqliteFolder(self._at(name))

    @contextmanager
    def copy(self, name: str, progress: Progress) -> Iterator[SqliteFolder]:
        """Copy a folder. Raise TargetError if that fails."""
        with self._temporary() as folder:
            try:
                shutil.copytree(self._at(name), folder, dirs_exist_ok=True)
            except OSError as error:
                raise self._refused(error) from error
            yield SqliteFolder(folder)

    def _temporary(self) -> AbstractContextManager[Path]:
        return disposable(self.folder.parent, f".{self.live}_restoring_", self._refused)

    def _refused(self, error: OSError) -> TargetError:
        return TargetError(f"{self.folder.parent} takes no folder: {error.strerror}", "check its permissions")

    def _at(self, name: str) -> Path:
        return self.folder.parent / name


@dataclass(frozen=True)
class SqliteSandboxes:
    """Temporary folders; implements ports.Sandboxes. root: where; None for the system's own place."""

    root: Path | None

    @contextmanager
    def open(self) -> Iterator[SqliteSandbox]:
        """Make a folder. Raise SandboxError if that fails."""
        with disposable(self._root, "scims-sqlite-", self._refused) as folder:
            yield SqliteSandbox(folder)

    @property
    def _root(self) -> Path:
        return self.root or Path(tempfile.gettempdir())

    def _refused(self, error: OSError) -> SandboxError:
        return SandboxError(
            f"{self._root} takes no sandbox: {error.strerror}", "set SCIMS_SANDBOX_DIR to another directory"
        )


@dataclass(frozen=True)
class SqliteSandbox:
    """One temporary folder; implements ports.Sandbox."""

    folder: Path

    def start(self, like: SqliteProof) -> SqliteTarget:
        """Return what is restored to; there is no server to start."""
        return SqliteTarget(self.folder / "live")

    def explained(self, error: OperationFailedError) -> OperationFailedError:
        """Return the error: nothing else can have caused it."""
        return error
