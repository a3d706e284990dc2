"""What a folder of SQLite files holds, and how two of them are compared."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scims_backup.domain.documents import decoded
from scims_backup.domain.engine_names import MadeBy, parsed_with_engine
from scims_backup.domain.level import Level
from scims_backup.domain.verdict import Finding
from scims_backup.ports import Measure, Progress

MADE_BY = MadeBy("sqlite", "tar")
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"


@dataclass(frozen=True)
class Rows:
    """The rows of one table; digest is None at level counts."""

    rows: int
    digest: str | None = None


@dataclass(frozen=True)
class SqliteProof:
    """Every table of every file; implements ports.Proof."""

    level: Level
    files: Mapping[str, Mapping[str, Rows]]

    def identity(self) -> dict[str, str]:
        return {"version": sqlite3.sqlite_version, "files": ", ".join(sorted(self.files))}

    def counts(self) -> dict[str, int]:
        tables = [table for tables in self.files.values() for table in tables.values()]
        return {"files": len(self.files), "tables": len(tables), "rows": sum(one.rows for one in tables)}

    def measure(self) -> Measure:
        return Measure(self.counts()["rows"], self.counts()["rows"])

    def to_bytes(self) -> bytes:
        files = {
            file: {table: vars(rows) for table, rows in tables.items()} for file, tables in self.files.items()
        }
        document = {"version": MADE_BY.version, **vars(MADE_BY), "level": self.level, "files": files}
        return json.dumps(document, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> SqliteProof:
        document, _ = parsed_with_engine(data, name)
        return decoded(cls, document, name)


def prove(folder: Path, level: Level, progress: Progress) -> SqliteProof:
    """Read every table of every file."""
    files = {}
    for file in sorted(folder.glob("*.db")):
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            tables = [name for (name,) in connection.execute(_TABLES)]
            files[file.name] = {table: _rows(connection, table, level) for table in tables}
        finally:
            connection.close()
        progress.rows(file.name, sum(rows.rows for rows in files[file.name].values()))
    return SqliteProof(level, files)


def _rows(connection: sqlite3.Connection, table: str, level: Level) -> Rows:
    rows = [repr(row).encode() for row in connection.execute(f'SELECT * FROM "{table}"')]
    if level is Level.COUNTS:
        return Rows(len(rows))
    return Rows(len(rows), hashlib.sha256(b"\n".join(sorted(rows))).hexdigest())


def differences(expected: SqliteProof, found: SqliteProof) -> Iterator[Finding]:
    """Yield what is missing, unexpected or changed."""
    for file in sorted({*expected.files, *found.files}):
        here, there = expected.files.get(file), found.files.get(file)
        if here is None or there is None:
            kind = "missing" if there is None else "unexpected"
            yield Finding(f"file-{kind}", f"file {file}", _presence(here), _presence(there))
            continue
        for table in sorted({*here, *there}):
            yield from _of_table(f"table {file}/{table}", here.get(table), there.get(table))


def _of_table(name: str, expected: Rows | None, found: Rows | None) -> Iterator[Finding]:
    if expected is None or found is None:
        kind = "missing" if found is None else "unexpected"
        yield Finding(f"table-{kind}", name, _presence(expected), _presence(found))
    elif expected.rows != found.rows:
        yield Finding("rows-differ", name, f"{expected.rows} rows", f"{found.rows} rows")
    elif expected.digest and found.digest and expected.digest != found.digest:
        yield Finding("content-differs", name, "the same content", "other content")


def _presence(thing: object) -> str:
    return "missing" if thing is None else "present"
