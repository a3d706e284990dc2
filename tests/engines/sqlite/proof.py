"""What a folder of SQLite files holds. Definitions of indexes, views and triggers are not part of it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scims_backup.domain.documents import decoded
from scims_backup.domain.engine_names import MadeBy, parsed_with_engine
from scims_backup.domain.holdings import Holdings
from scims_backup.domain.level import Level
from scims_backup.domain.verdict import Finding
from scims_backup.ports import Measure, Progress
from tests.engines.sqlite.files import databases_in, opened

MADE_BY = MadeBy("sqlite", "tar")
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


@dataclass(frozen=True)
class Rows:
    """The rows of one table. digest: of their content; None at level counts."""

    rows: int
    digest: str | None = None


@dataclass(frozen=True)
class SqliteProof:
    """Every table of every file; implements ports.Proof."""

    level: Level
    files: Mapping[str, Mapping[str, Rows]]

    def identity(self) -> dict[str, str]:
        """Return the version of SQLite, and the names of the files."""
        return {"version": sqlite3.sqlite_version, "files": ", ".join(sorted(self.files))}

    def counts(self) -> dict[str, int]:
        """Return how many files, tables and rows there are."""
        tables = sum(len(tables) for tables in self.files.values())
        return {"files": len(self.files), "tables": tables, "rows": sum(self.rows_by_file().values())}

    def holdings(self) -> Holdings:
        """Return the rows of each file."""
        return Holdings(self.rows_by_file())

    def rows_by_file(self) -> dict[str, int]:
        """Return how many rows each file has."""
        return {file: sum(one.rows for one in tables.values()) for file, tables in self.files.items()}

    def measure(self) -> Measure:
        """Return the rows: all are restored, and read again."""
        rows = self.counts()["rows"]
        return Measure(restored=rows, proven=rows)

    def to_bytes(self) -> bytes:
        """Write the document."""
        files = {
            file: {table: _document(rows) for table, rows in tables.items()}
            for file, tables in self.files.items()
        }
        document = {"version": MADE_BY.version, **vars(MADE_BY), "level": self.level, "files": files}
        return json.dumps(document, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> SqliteProof:
        """Read a document. Raise DocumentError if it is damaged, newer, or not SQLite's."""
        document, made_by = parsed_with_engine(data, name)
        made_by.refuse_unknown(name, {MADE_BY.engine: MADE_BY.format})
        return decoded(cls, document, name)


def _document(rows: Rows) -> dict[str, object]:
    return {key: value for key, value in vars(rows).items() if value is not None}


def prove(folder: Path, level: Level, progress: Progress) -> SqliteProof:
    """Read every table of every file. Raise SourceError if one cannot be read."""
    files = {}
    for file in databases_in(folder):
        with opened(file) as connection:
            tables = [name for (name,) in connection.execute(_TABLES)]
            files[file.name] = {table: _rows(connection, table, level) for table in tables}
        progress.rows(file.name, sum(rows.rows for rows in files[file.name].values()))
    return SqliteProof(level, files)


def _rows(connection: sqlite3.Connection, table: str, level: Level) -> Rows:
    quoted = '"{}"'.format(table.replace('"', '""'))
    if level is Level.COUNTS:
        return Rows(connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0])
    rows = sorted(repr(row).encode() for row in connection.execute(f"SELECT * FROM {quoted}"))
    return Rows(len(rows), hashlib.sha256(b"\n".join(rows)).hexdigest())


def differences(expected: SqliteProof, found: SqliteProof) -> Iterator[Finding]:
    """Yield what is missing, unexpected or changed."""
    for file in sorted({*expected.files, *found.files}):
        here, there = expected.files.get(file), found.files.get(file)
        if here is None or there is None:
            yield _presence("file", file, is_missing=there is None)
            continue
        for table in sorted({*here, *there}):
            yield from _of_table(f"{file}/{table}", here.get(table), there.get(table))


def _of_table(name: str, expected: Rows | None, found: Rows | None) -> Iterator[Finding]:
    if expected is None or found is None:
        yield _presence("table", name, is_missing=found is None)
    elif expected.rows != found.rows:
        yield Finding("rows-differ", f"table {name}", f"{expected.rows} rows", f"{found.rows} rows")
    elif expected.digest != found.digest:
        yield Finding("content-differs", f"table {name}", "the same content", "other content")


def _presence(what: str, name: str, *, is_missing: bool) -> Finding:
    if is_missing:
        return Finding(f"{what}-missing", f"{what} {name}", "present", "missing")
    return Finding(f"{what}-unexpected", f"{what} {name}", "missing", "present")
