"""What the fixtures hand to a test: a database of its own and a place for a restic repository."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.support.restic_keys import lay_repository
from tests.support.servers import PostgresServer


@dataclass(frozen=True)
class Database:
    """A database on a throwaway server."""

    server: PostgresServer
    name: str

    @property
    def url(self) -> str:
        """A libpq URL without a password, as the superuser."""
        return self.server.url(self.name)

    def connect(self, user: str | None = None, **parameters: str) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect with autocommit; parameters are libpq's."""
        return self.server.connect(self.name, user, autocommit=True, **parameters)

    def execute(self, statements: str, user: str | None = None) -> None:
        """Run one or more statements, outside a transaction if it is one."""
        self.server.execute(statements, self.name, user)

    def rows(self, query: str, user: str | None = None) -> list[tuple[Any, ...]]:
        """Run one query and return its rows."""
        with self.connect(user) as connection:
            return connection.execute(query.encode()).fetchall()

    def value(self, query: str, user: str | None = None) -> Any:
        """Run one query and return the first column of its only row."""
        ((value, *_),) = self.rows(query, user)
        return value


@dataclass(frozen=True)
class ResticPlace:
    """A repository, and the file that holds its password."""

    path: Path
    password_file: Path

    @property
    def password(self) -> str:
        """The password in the file."""
        return self.password_file.read_text().strip()

    @property
    def vault(self) -> str:
        """The address that --vault takes."""
        return f"restic:{self.path}"

    @property
    def environment(self) -> dict[str, str]:
        """What restic itself needs in its environment."""
        return {"RESTIC_REPOSITORY": str(self.path), "RESTIC_PASSWORD_FILE": str(self.password_file)}


def restic_place(directory: Path) -> ResticPlace:
    """Make an empty repository, which opens fast, and a file with its password, in a directory."""
    password_file = directory / "restic-password"
    password_file.touch(mode=0o600)
    password_file.write_text(f"restic-{secrets.token_hex(12)}\n")
    place = ResticPlace(directory / "restic", password_file)
    lay_repository(place.path, place.password)
    return place


def deployment_of(database: Database, directory: Path, source: str = "scims-db") -> dict[str, str]:
    """Make a deployment in a directory that backs a database up; return the program's environment."""
    place = restic_place(directory)
    return {
        "SCIMS_SOURCE": source,
        "SCIMS_SOURCE_URL": database.url,
        "SCIMS_CATALOG": f"file://{directory / 'catalog'}",
        "SCIMS_VAULT": place.vault,
        "SCIMS_POSTGRESQL_BIN": str(database.server.programs),
        "RESTIC_PASSWORD_FILE": str(place.password_file),
        "RESTIC_CACHE_DIR": str(directory / "cache"),
    }
