"""Where a folder of SQLite files is restored to, and what is held against its proof."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import (
    OperationFailedError,
    SandboxError,
    SourceError,
    TargetError,
    UsageError,
)
from scims_backup.domain.level import Level
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.ports import Checks, Probe, Progress, Surveyed
from tests.engines.sqlite.archive import unpacked
from tests.engines.sqlite.proof import SqliteProof, differences, prove


@dataclass(frozen=True)
class SqliteFolder:
    """A folder that is held against a proof; implements ports.ProvableDatabase."""

    folder: Path

    def prove(self, level: Level, progress: Progress) -> SqliteProof:
        if not self.folder.is_dir():
            raise SourceError(f"{self.folder} is not a folder", "check the path")
        try:
            return prove(self.folder, level, progress)
        except sqlite3.Error as error:
            raise SourceError(f"cannot read {self.folder}: {error}", "check its files") from error

    def compare(self, expected: SqliteProof, found: SqliteProof) -> Checks:
        return Checks(list(differences(expected, found)), [])

    def check(self, expected: SqliteProof, questions: Questions) -> Checks:
        findings = [one for file in sorted(expected.files) for one in self._damage(self.folder / file)]
        findings += [one for one in self._unmet(questions, expected)]
        roles = (
            [NotChecked(f"log-in of role {questions.role}", "SQLite has no roles")] if questions.role else []
        )
        return Checks(findings, roles)

    def probe(self, probe: Probe, role: str | None) -> ProbeOutcome:
        return probe.run(f"sqlite://{self.folder}")

    def _damage(self, file: Path) -> Iterator[Finding]:
        if not file.exists():
            return
        for pragma, sound in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
            with sqlite3.connect(file) as connection:
                found = connection.execute(f"PRAGMA {pragma}").fetchall()
            if found != sound:
                yield Finding(pragma.replace("_", "-"), f"file {file.name}", "sound", str(found[0][0]))

    def _unmet(self, questions: Questions, like: SqliteProof) -> Iterator[Finding]:
        with sqlite3.connect(":memory:") as connection:
            for file in like.files:
                connection.execute(f'ATTACH ? AS "{Path(file).stem}"', [str(self.folder / file)])
            for one in questions.expectations:
                (answer,) = connection.execute(one.query).fetchone()
                if not one.met_by(answer):
                    yield Finding(
                        "expectation-not-met", f"expectation {one.name}", one.condition, str(answer)
                    )


class SqliteBuilding:
    """A folder on its way; implements ports.Building."""

    roles_created: Sequence[str] = ()
    findings: Sequence[Finding] = ()

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self._folder, self._archive = folder, bytearray()

    def write(self, chunk: bytes) -> None:
        self._archive += chunk

    def finish(self, progress: Progress) -> None:
        unpacked(bytes(self._archive), self._folder)

    def keep(self, name: str) -> None:
        goal = self._folder.with_name(name)
        if goal.exists():
            raise TargetError(f"{goal} already exists", "choose another name with --into")
        self._folder.rename(goal)


@dataclass(frozen=True)
class SqliteTarget:
    """The folders beside a live one; implements ports.Target. It neither swaps nor restores tables."""

    folder: Path

    @property
    def live(self) -> str:
        return self.folder.name

    @property
    def name(self) -> str:
        return f"sqlite://{self.folder}"

    def restored_name(self, backup: BackupId) -> str:
        return f"{self.live}_restored_{backup.stamp.lower()}"

    def check_name(self, name: str) -> None:
        if name == self.live or name in ("", ".", "..") or "/" in name or name.startswith("."):
            raise UsageError(
                f"a restored folder cannot be called {name!r}", "choose another name with --into"
            )

    def how_to_drop(self, name: str) -> str:
        return f"rm -r {self._at(name)}"

    def survey(self, like: SqliteProof, archive_bytes: int, name: str) -> Sequence[Surveyed]:
        free = shutil.disk_usage(self.folder.parent).free
        return [
            Surveyed("space", free > archive_bytes, f"{free} bytes free, {archive_bytes} needed"),
            Surveyed("name", not self.has(name), f"{self._at(name)}"),
        ]

    def has(self, name: str) -> bool:
        return self._at(name).exists()

    @contextmanager
    def build(self, like: SqliteProof, archive_bytes: int, progress: Progress) -> Iterator[SqliteBuilding]:
        with self._temporary() as folder:
            yield SqliteBuilding(folder)

    def database(self, name: str) -> SqliteFolder:
        return SqliteFolder(self._at(name))

    @contextmanager
    def copy(self, name: str, progress: Progress) -> Iterator[SqliteFolder]:
        with self._temporary() as folder:
            shutil.copytree(self._at(name), folder, dirs_exist_ok=True)
            yield SqliteFolder(folder)

    @contextmanager
    def _temporary(self) -> Iterator[Path]:
        try:
            folder = Path(tempfile.mkdtemp(prefix=f".{self.live}_restoring_", dir=self.folder.parent))
        except OSError as error:
            raise TargetError(
                f"cannot write to {self.folder.parent}: {error.strerror}", "allow it"
            ) from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _at(self, name: str) -> Path:
        return self.folder.parent / name


@dataclass(frozen=True)
class SqliteSandboxes:
    """Temporary folders; implements ports.Sandboxes."""

    root: Path | None

    @contextmanager
    def open(self) -> Iterator[SqliteSandbox]:
        try:
            folder = tempfile.TemporaryDirectory(prefix="scims-sandbox-", dir=self.root)
        except OSError as error:
            raise SandboxError(
                f"cannot make a sandbox in {self.root}: {error.strerror}", "choose another"
            ) from error
        with folder as path:
            yield SqliteSandbox(Path(path))


@dataclass(frozen=True)
class SqliteSandbox:
    """One temporary folder; implements ports.Sandbox."""

    folder: Path

    def start(self, like: SqliteProof) -> SqliteTarget:
        return SqliteTarget(self.folder / "live")

    def explained(self, error: OperationFailedError) -> OperationFailedError:
        return error
