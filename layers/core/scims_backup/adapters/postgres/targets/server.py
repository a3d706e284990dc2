"""Speaking to the target server about its databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from scims_backup.adapters.postgres.address import Address
from scims_backup.adapters.postgres.targets.failures import targeting
from scims_backup.domain.errors import UsageError

Connection = psycopg.Connection[tuple[Any, ...]]

_MAINTENANCE = ("postgres", "template1")
_PINNED = "SET search_path = ''; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0"
_NAMES = "SELECT datname FROM pg_catalog.pg_database WHERE NOT datistemplate"


class TargetServer:
    """A server, seen from its maintenance database. live: the database that may be replaced."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.live = address.parameters.get("dbname", "")
        if not self.live:
            raise UsageError("the target's URL names no database", "write postgresql://USER@HOST:PORT/NAME")

    def at(self, database: str) -> Address:
        """Where a database of this server is."""
        return self.address.with_parameters(dbname=database)

    @contextmanager
    def maintenance(self, *, autocommit: bool = True) -> Iterator[Connection]:
        """Connect to a database that no restore touches. Raise TargetError if that cannot be done."""
        database = next(name for name in _MAINTENANCE if name != self.live)
        with self.connected(database, autocommit=autocommit) as connection:
            yield connection

    @contextmanager
    def connected(self, database: str, *, autocommit: bool = True) -> Iterator[Connection]:
        """Connect to one of its databases. Raise TargetError if that cannot be done."""
        arguments: dict[str, Any] = {
            "application_name": "scims-backup restore",
            **self.at(database).connect_arguments(),
        }
        with targeting(f"connecting to {self.at(database)}"):
            connection = psycopg.connect(autocommit=autocommit, **arguments)
        try:
            with targeting(f"preparing the session on {self.at(database)}"):
                connection.execute(_PINNED)
            yield connection
        finally:
            connection.close()

    def names(self, connection: Connection) -> list[str]:
        """Return the databases that are there."""
        with targeting(f"listing the databases of {self.address}"):
            return [name for (name,) in connection.execute(_NAMES)]


def drop_database(connection: Connection, name: str) -> None:
    """Drop a database together with its connections; one that is not there is dropped already."""
    with targeting(f"dropping database {name}"):
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def rename_database(connection: Connection, old: str, new: str) -> None:
    """Rename a database, in the connection's own transaction."""
    names = (sql.Identifier(old), sql.Identifier(new))
    connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))
