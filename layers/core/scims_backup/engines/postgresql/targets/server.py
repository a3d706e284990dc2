"""Speaking to the target server about its databases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from scims_backup.domain.errors import TargetError, UsageError
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.connection import put
from scims_backup.engines.postgresql.connect.encodings import speak
from scims_backup.engines.postgresql.connect.identity import Identity, identity_of, refuse_other
from scims_backup.engines.postgresql.connect.libpq import opened
from scims_backup.engines.postgresql.connect.pooling import is_pooled
from scims_backup.engines.postgresql.connect.postgres_errors import DIRECTLY
from scims_backup.engines.postgresql.connect.session_settings import TARGETING
from scims_backup.engines.postgresql.rules.database_names import fits
from scims_backup.engines.postgresql.targets.own_server import OwnServer
from scims_backup.engines.postgresql.targets.target_errors import targeting

Connection = psycopg.Connection[tuple[Any, ...]]

_MAINTENANCE = ("postgres", "template1")
_PARAMETERS_GRANTED_SINCE = 150000
_MAY_CHOOSE_MESSAGES = "SELECT pg_catalog.has_parameter_privilege(current_user, 'lc_messages', 'SET')"
_NAMES = "SELECT datname FROM pg_catalog.pg_database"
_END = "SELECT pg_catalog.pg_terminate_backend(pid, 10000) FROM pg_catalog.pg_stat_activity WHERE pid = %s"


class TargetServer:
    """A server, seen from its maintenance database. live: the database that may be replaced.

    own: what is known about a sandbox's server on this machine; None for any other.
    managed: it is a sandbox's in RDS, where nobody of ours is superuser.
    """

    def __init__(self, address: Address, own: OwnServer | None = None, *, managed: bool = False) -> None:
        address = self.address = address.completed(os.environ)
        self.own, self.managed = own, managed
        self.live = address.parameters.get("dbname", "")
        if not self.live:
            raise UsageError("the target's URL names no database", "write postgresql://USER@HOST:PORT/NAME")
        if not fits(self.live):
            raise UsageError(
                "the target's URL contains a database name longer than 63 bytes", "use its actual name"
            )

    @property
    def is_disposable(self) -> bool:
        """Whether the server was made for one drill, and goes as a whole."""
        return self.own is not None or self.managed

    @property
    def folder(self) -> Path | None:
        """Where to store an archive while it is restored; None for the directory of temporary files."""
        return None if self.own is None else self.own.folder

    def at(self, database: str) -> Address:
        """Where a database of this server is."""
        return self.address.beside(database)

    @contextmanager
    def maintenance(self, *, autocommit: bool = True) -> Iterator[Connection]:
        """Connect to a database that no restore touches. Raise TargetError if that cannot be done."""
        database = next(name for name in _MAINTENANCE if name != self.live)
        with self.connected(database, autocommit=autocommit) as connection:
            yield connection

    @contextmanager
    def connected(self, database: str, *, autocommit: bool = True) -> Iterator[Connection]:
        """Connect to one of its databases. Raise TargetError if that cannot be done."""
        arguments = {"application_name": "scims-backup restore", **self.at(database).connect_arguments()}
        with targeting(f"connecting to {self.at(database)}"):
            connection = opened(**arguments)
        try:
            with targeting(f"preparing the session on {self.at(database)}"):
                if is_pooled(connection):
                    raise _pooled(self.address)
                speak(connection)
                if self.address.identity is not None:
                    refuse_other(connection, self.address.identity)
                put(connection, TARGETING)
            connection.autocommit = autocommit
            yield connection
        finally:
            connection.close()

    def identity(self, database: str) -> Identity:
        """Ask one of its databases, and the server, who they are. Raise TargetError."""
        with self.connected(database) as connection, targeting(f"checking {database}"):
            return identity_of(connection)

    @contextmanager
    def after(self, connection: Connection, pid: int) -> Iterator[Connection]:
        """Connect to maintenance in place of a session that may still be running, and wait for its end.

        pid: of its server process, which a connection that was lost does not know any more.
        """
        connection.close()
        with self.maintenance() as fresh:
            with targeting(f"ending the session before on {self.address}"):
                fresh.execute(_END, [pid])
            yield fresh

    def names(self, connection: Connection) -> list[str]:
        """Return the databases that are there."""
        with targeting(f"listing the databases of {self.address}"):
            return [name for (name,) in connection.execute(_NAMES)]


def _pooled(address: Address) -> TargetError:
    return TargetError(
        f"{address} is a connection pooler: other clients would inherit the settings of a restore's sessions",
        DIRECTLY,
    )


def is_standby(connection: Connection) -> bool:
    """Say whether the server only follows another."""
    with targeting("asking whether the server is a standby"):
        return connection.execute("SELECT pg_catalog.pg_is_in_recovery()").fetchone() == (True,)


def is_superuser(connection: Connection) -> bool:
    """Say whether the role of a connection may do everything."""
    return connection.info.parameter_status("is_superuser") == "on"


def may_choose_messages(connection: Connection) -> bool:
    """Say whether the role may set the language of messages: since 15 not only superusers may."""
    if is_superuser(connection) or connection.info.server_version < _PARAMETERS_GRANTED_SINCE:
        return is_superuser(connection)
    with targeting("asking which settings the role may set"):
        return connection.execute(_MAY_CHOOSE_MESSAGES).fetchone() == (True,)


def rename_database(connection: Connection, old: str, new: str) -> None:
    """Rename a database, in the connection's own transaction."""
    names = (sql.Identifier(old), sql.Identifier(new))
    connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))
