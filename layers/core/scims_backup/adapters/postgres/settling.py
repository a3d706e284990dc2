"""Waiting for changes of tables that are under way, before a snapshot is taken that they would spoil."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import errors, sql

from scims_backup.adapters.postgres.connection import Connection
from scims_backup.adapters.postgres.failures import translating
from scims_backup.domain.names import qualified

_TABLES = """
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
  AND n.nspname <> 'information_schema'
  AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1, 2
"""


def wait_for_changes(connection: Connection) -> None:
    """Wait until nobody holds a table for themselves. Raise SourceBusyError that names one still held.

    One lock at a time, let go at once: whoever changes several tables never has to wait for us in a circle.
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
