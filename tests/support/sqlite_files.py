"""A folder of SQLite files, and the program that has them among its kinds of sources."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from scims_backup.bootstrap.engines import ENGINES
from tests.engines.sqlite.engine import SqliteEngine
from tests.support.cli import Cli, Program
from tests.support.databases import restic_place

WITH_SQLITE = ENGINES.with_engine(SqliteEngine())
ITEMS, USERS = 30, 20


def change(file: Path, statements: str) -> None:
    """Run statements on a file, and close it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(statements)


def fill(folder: Path) -> Path:
    """Make a folder of two files: items of three kinds, and users; return it."""
    folder.mkdir()
    change(
        folder / "items.db",
        "CREATE TABLE kinds (id INTEGER PRIMARY KEY, name TEXT);"
        "CREATE TABLE items (id INTEGER PRIMARY KEY, kind INTEGER REFERENCES kinds, name TEXT);"
        "INSERT INTO kinds VALUES (0, 'ore'), (1, 'ship'), (2, 'tool');"
        + "".join(f"INSERT INTO items VALUES ({n}, {n % 3}, 'item {n}');" for n in range(ITEMS)),
    )
    change(
        folder / "users.db",
        "PRAGMA journal_mode = wal; CREATE TABLE users (name TEXT PRIMARY KEY, note BLOB) WITHOUT ROWID;"
        + "".join(f"INSERT INTO users VALUES ('user {n}', zeroblob({n * 100}));" for n in range(USERS)),
    )
    return folder


def settings(directory: Path, folder: Path, scheme: str = "sqlite") -> dict[str, str]:
    """Make a deployment in a directory that backs a folder up; return the program's environment."""
    place = restic_place(directory)
    return {
        "SCIMS_SOURCE": "shop",
        "SCIMS_SOURCE_URL": f"{scheme}://{folder}",
        "SCIMS_CATALOG": f"file://{directory / 'catalog'}",
        "SCIMS_VAULT": place.vault,
        "RESTIC_PASSWORD_FILE": str(place.password_file),
        "RESTIC_CACHE_DIR": str(directory / "cache"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def program_with_sqlite(environment: dict[str, str]) -> Program:
    """The program whose main() was given the engine; every run is a process of its own."""
    return Program(environment, command=(sys.executable, "-m", "tests.engines.sqlite"))


def cli_with_sqlite(environment: dict[str, str]) -> Cli:
    """The same within this process."""
    return Cli(environment, WITH_SQLITE)
