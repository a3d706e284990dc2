"""Waiting for changes of tables that are under way, before a snapshot is taken that they would spoil."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import errors, sql

from scims_backup.domain.errors import SourceBusyError
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.connect.postgres_errors import reason, translating
from scims_backup.engines.postgresql.rules.names import qualified

_TABLES = """
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
  AND n.nspname <> 'information_schema'
  AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1, 2
"""
# a prepared transaction has no process: one of its locks is on its own number, and beside it are the others
_PREPARED = """
SELECT DISTINCT p.gid, p.prepared
FROM pg_catalog.pg_prepared_xacts p
JOIN pg_catalog.pg_locks o ON o.transactionid = p.transaction AND o.pid IS NULL AND o.granted
JOIN pg_catalog.pg_locks l ON l.virtualtransaction = o.virtualtransaction AND l.pid IS NULL AND l.granted
JOIN pg_catalog.pg_class c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
WHERE l.locktype = 'relation' AND n.nspname = %s AND c.relname = %s
ORDER BY 2
"""
_END_IT = (
    "end it in that database with COMMIT PREPARED or ROLLBACK PREPARED: nothing else does, not even a restart"
)


def wait_for_changes(connection: Connection) -> None:
    """Wait until nobody holds a table for themselves. Raise SourceBusyError that names one still held.

    One lock at a time, released at once: a session that changes several tables can never deadlock with us.
    """
    with translating("listing the tables to wait for"):
        tables = connection.execute(_TABLES).fetchall()
        connection.rollback()
    for table in tables:
        _wait_for(connection, table)


def _wait_for(connection: Connection, table: Sequence[str]) -> None:
    lock = sql.SQL("LOCK TABLE ONLY {} IN ACCESS SHARE MODE").format(sql.Identifier(*table))
    with translating(f"waiting for table {qualified(*table)}"):
        try:
            with connection.transaction(force_rollback=True):
                connection.execute(lock)
        except errors.UndefinedTable:
            return  # it was dropped since it was listed: there is nothing to wait for
        except errors.LockNotAvailable as error:
            _refuse_prepared(connection, table, error)
            raise


def _refuse_prepared(connection: Connection, table: Sequence[str], error: psycopg.Error) -> None:
    """Raise SourceBusyError if a prepared transaction holds a table: waiting does not help then."""
    holders = connection.execute(_PREPARED, table).fetchall()
    connection.rollback()
    if holders:
        held = ", ".join(f"{gid!r} of {prepared:%Y-%m-%d %H:%M} UTC" for gid, prepared in holders)
        message = (
            f"waiting for table {qualified(*table)}: {reason(error)}: held by prepared transaction {held}"
        )
        raise SourceBusyError(message, _END_IT) from None
