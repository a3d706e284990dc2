"""What a night can run into, seen by day: limits of connections, and rows too large to be written out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import errors, sql

from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.rules.names import qualified

LARGEST_TEXT = (1 << 30) - 1
"""Bytes: no text of PostgreSQL may be longer (MaxAllocSize), and COPY writes a row as one."""

_CONNECTIONS = """
SELECT r.rolsuper, r.rolconnlimit, d.datconnlimit,
       pg_catalog.current_setting('max_connections')::int
           - pg_catalog.current_setting('superuser_reserved_connections')::int
           - coalesce(pg_catalog.current_setting('reserved_connections', true)::int, 0)
  FROM pg_catalog.pg_roles AS r, pg_catalog.pg_database AS d
 WHERE r.rolname = session_user AND d.datname = pg_catalog.current_database()
"""
# A large value lies in the TOAST table, and only a pointer with its size in the row: octet_length() reads no
# more. What compresses to a 200th can hide in little, so a table that is quickly read is read in any case.
_SUSPECTS = """
SELECT n.nspname, c.relname, pg_catalog.array_agg(a.attname ORDER BY a.attnum),
       pg_catalog.array_agg(CASE b.type WHEN 'pg_catalog.bytea'::regtype THEN 2 ELSE 1 END ORDER BY a.attnum)
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
 CROSS JOIN LATERAL (SELECT coalesce(nullif(t.typbasetype, 0), t.oid)) AS b (type)
 WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.reltoastrelid <> 0
   AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery())
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND b.type = ANY ('{pg_catalog.bytea,pg_catalog.text,pg_catalog.varchar}'::regtype[])
   AND (pg_catalog.pg_relation_size(c.reltoastrelid) >= 512 * 1024 * 1024
        OR (pg_catalog.pg_relation_size(c.reltoastrelid) >= 1024 * 1024
            AND pg_catalog.pg_relation_size(c.oid) <= 100 * 1024 * 1024))
   AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
   AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
 GROUP BY 1, 2 ORDER BY 1, 2
"""
_LARGEST = "SELECT pg_catalog.max({size}) FROM ONLY {table}"
_SIZE = "coalesce(pg_catalog.octet_length({column})::bigint OPERATOR(pg_catalog.*) {factor}, 0)"
_SECONDS = 20


@dataclass(frozen=True)
class ConnectionLimits:
    """How many connections there may be at most; None is without limit.

    server: but for those that are reserved for superusers and others.
    """

    role: int | None
    database: int | None
    server: int


def connection_limits(connection: Connection) -> ConnectionLimits:
    """Read the limits for the role that has logged in: a superuser is bound by the server's alone."""
    row = connection.execute(_CONNECTIONS).fetchone() or (False, -1, -1, 0)
    superuser, role, database, server = row
    return ConnectionLimits(
        None if superuser or role < 0 else role, None if superuser or database < 0 else database, server
    )


def largest_rows(connection: Connection) -> Iterator[tuple[str, int | None]]:
    """Yield tables that may hold a row too large, and the bytes of their largest as a text.

    None: reading it took too long. connection: outside of a transaction.
    """
    for schema, name, columns, factors in connection.execute(_SUSPECTS).fetchall():
        sizes = [
            sql.SQL(_SIZE).format(column=sql.Identifier(column), factor=sql.Literal(factor))
            for column, factor in zip(columns, factors, strict=True)
        ]
        query = sql.SQL(_LARGEST).format(
            size=sql.SQL(" OPERATOR(pg_catalog.+) ").join(sizes), table=sql.Identifier(schema, name)
        )
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL statement_timeout = '{_SECONDS}s'".encode())
                ((largest,),) = connection.execute(query)
        except errors.QueryCanceled:
            yield qualified(schema, name), None
        else:
            yield qualified(schema, name), int(largest or 0)
