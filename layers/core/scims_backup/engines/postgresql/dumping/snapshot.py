"""One state of a database, held still and shared by several connections."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.connection import Connection, connected
from scims_backup.engines.postgresql.connect.libpq import place_of
from scims_backup.engines.postgresql.connect.postgres_errors import translating
from scims_backup.engines.postgresql.dumping.lock_wait import wait_for_changes


@dataclass(frozen=True)
class HeldSnapshot:
    """An exported snapshot.

    exporter: the connection that must live as long as it is used
    address: pinned to the very server that exported it, since a name may stand for several
    """

    address: Address
    exporter: Connection
    snapshot_id: str

    @contextmanager
    def joined(self) -> Iterator[Connection]:
        """Open one more connection that sees exactly this state."""
        with connected(self.address) as connection:
            with translating(f"joining the snapshot on {self.address}"):
                _begin_reading(connection)
                connection.execute(
                    sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(self.snapshot_id))
                )
            yield connection


@contextmanager
def held_still(address: Address) -> Iterator[HeldSnapshot]:
    """Export a snapshot of a database and keep it until the end. Raise SourceError if that fails."""
    address = address.completed(os.environ)
    with connected(address) as exporter:
        wait_for_changes(exporter)
        with translating(f"exporting a snapshot of {address}"):
            _begin_reading(exporter)
            row = exporter.execute("SELECT pg_catalog.pg_export_snapshot()").fetchone()
        yield HeldSnapshot(_pinned(address, exporter), exporter, str(row[0]) if row else "")


def _begin_reading(connection: Connection) -> None:
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True


def _pinned(address: Address, connection: Connection) -> Address:
    return address.with_parameters(**place_of(connection))
