"""A folder of SQLite files that is held against a proof."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from scims_backup.domain.expectations import Expectation, text_of
from scims_backup.domain.level import Level
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.ports import Checks, Probe, Progress
from tests.engines.sqlite.files import opened
from tests.engines.sqlite.proof import SqliteProof, differences, prove


@dataclass(frozen=True)
class SqliteFolder:
    """Files wherever they are; implements ports.ProvableDatabase."""

    folder: Path

    def prove(self, level: Level, progress: Progress, like: SqliteProof | None = None) -> SqliteProof:
        """Read every table. Raise SourceError if that fails."""
        return prove(self.folder, level, progress)

    def compare(self, expected: SqliteProof, found: SqliteProof) -> Checks:
        """Report every difference; of a proof of counts, that content was not compared."""
        unseen = (
            [NotChecked("content of rows", "the proof counted rows only")]
            if expected.level is Level.COUNTS
            else []
        )
        return Checks(list(differences(expected, found)), unseen)

    def check(self, expected: SqliteProof, questions: Questions) -> Checks:
        """Let SQLite check each file, and ask the expectations of all files together."""
        files = [self.folder / file for file in sorted(expected.files)]
        there = [file for file in files if file.exists()]
        findings = [
            *(one for file in there for one in _damage(file)),
            *_unmet(there, questions.expectations),
        ]
        unseen = [NotChecked(f"log-in of {questions.role}", "SQLite has no roles")] if questions.role else []
        return Checks(findings, unseen)

    def probe(self, probe: Probe, role: str | None) -> ProbeOutcome:
        """Let the application look, without a role. Raise SandboxError if it cannot run."""
        return probe.run(f"sqlite://{self.folder}")


def _damage(file: Path) -> Iterator[Finding]:
    with opened(file) as connection:
        for pragma, sound in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
            found = connection.execute(f"PRAGMA {pragma}").fetchall()
            if found != sound:
                kind = pragma.replace("_", "-")
                yield Finding(kind, f"file {file.name}", "no problems", f"{len(found)} problems")


def _unmet(files: list[Path], expectations: Sequence[Expectation]) -> Iterator[Finding]:
    """Attach each file under its name without .db, and ask. No answer is a finding too."""
    if not expectations:
        return
    with closing(sqlite3.connect("file::memory:", uri=True)) as connection:
        for file in files:
            connection.execute("ATTACH ? AS ?", (f"{file.absolute().as_uri()}?mode=ro", file.stem))
        for one in expectations:
            met, answer = _asked(connection, one)
            if not met:
                yield Finding("expectation-not-met", f"expectation {one.name}", one.condition, answer)


def _asked(connection: sqlite3.Connection, expectation: Expectation) -> tuple[bool, str]:
    try:
        rows = connection.execute(expectation.query).fetchmany(2)
    except (sqlite3.Error, sqlite3.Warning) as error:
        return False, f"the query failed: {error}"
    if len(rows) != 1 or len(rows[0]) != 1:
        return False, "not exactly one value"
    return expectation.met_by(rows[0][0]), text_of(rows[0][0])
