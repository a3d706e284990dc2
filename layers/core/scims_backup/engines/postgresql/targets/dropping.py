"""Dropping a database that a restore made, whatever the archive brought into it."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql
from psycopg.pq import TransactionStatus

from scims_backup.domain.errors import TargetError
from scims_backup.engines.postgresql.targets.server import Connection, TargetServer
from scims_backup.engines.postgresql.targets.target_errors import targeting
from scims_backup.ports import Progress

_TEMPLATE = "SELECT datistemplate FROM pg_catalog.pg_database WHERE datname = %s"
_SUBSCRIPTIONS = """
SELECT s.subname FROM pg_catalog.pg_subscription AS s JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
 WHERE d.datname = %s
"""


def drop_unkept(server: TargetServer, connection: Connection, name: str, progress: Progress) -> None:
    """Drop a database that nobody kept, at the end of whatever happened.

    A failure must not hide why it was not kept: it is noted, and the next restore tries again.

    connection: to maintenance.
    """
    try:
        if connection.info.transaction_status == TransactionStatus.IDLE:
            drop_database(server, connection, name)
        else:
            with server.after(connection, connection.info.backend_pid) as fresh:
                drop_database(server, fresh, name)
    except TargetError as error:
        progress.note(f"{name} is left for the next restore to drop: {error.message}")


def drop_database(server: TargetServer, connection: Connection, name: str) -> None:
    """Drop a database together with its connections; one that is not there is dropped already."""
    database = sql.Identifier(name)
    with targeting(f"dropping database {name}"):
        found = connection.execute(_TEMPLATE, [name]).fetchone()
        if found is None:
            return
        if found[0]:
            connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(database))
        subscriptions = [subscription for (subscription,) in connection.execute(_SUBSCRIPTIONS, [name])]
    if subscriptions:
        _drop_subscriptions(server, name, subscriptions)
    with targeting(f"dropping database {name}"):
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))


def _drop_subscriptions(server: TargetServer, name: str, subscriptions: Sequence[str]) -> None:
    """Drop what keeps a database from being dropped; the publishers, whose slots others use, hear nothing."""
    with server.connected(name) as inside, targeting(f"dropping the subscriptions of {name}"):
        for subscription in map(sql.Identifier, subscriptions):
            inside.execute(sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(subscription))
            inside.execute(sql.SQL("ALTER SUBSCRIPTION {} SET (slot_name = NONE)").format(subscription))
            inside.execute(sql.SQL("DROP SUBSCRIPTION {}").format(subscription))
