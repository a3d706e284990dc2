"""What follows the data and is not the archive's: the planner's statistics, which no restore fails for."""

from __future__ import annotations

import psycopg
from psycopg import sql

from scims_backup.engines.postgresql.connect.postgres_errors import reason
from scims_backup.engines.postgresql.proving.foreign_servers import reaching_foreign_servers
from scims_backup.engines.postgresql.rules.names import qualified
from scims_backup.engines.postgresql.targets.server import Connection
from scims_backup.engines.postgresql.targets.target_errors import targeting
from scims_backup.ports import Progress

_TABLES = """
SELECT n.nspname, c.relname
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm') AND c.relispopulated AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_toast'
 ORDER BY 1, 2
"""


def gather_statistics(connection: Connection, progress: Progress) -> None:
    """Let the planner know a restored database, table by table; what cannot be gathered is noted.

    ANALYZE of a table with foreign partitions or heirs would read them from their server: left out.
    connection: with autocommit. Raise TargetError if the connection is lost.
    """
    with targeting("listing the tables to analyze"):
        tables = connection.execute(_TABLES).fetchall()
        foreign = {(one.schema, one.name) for one in reaching_foreign_servers(connection)}
    for schema, name in tables:
        if (schema, name) in foreign:
            progress.note(f"table {qualified(schema, name)} has no statistics: it reads a foreign server")
        else:
            _analyze(connection, schema, name, progress)


def _analyze(connection: Connection, schema: str, name: str, progress: Progress) -> None:
    what = f"gathering statistics of table {qualified(schema, name)}"
    with targeting(what):
        try:
            connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(schema, name)))
        except psycopg.Error as error:
            if connection.broken or connection.closed:
                raise
            progress.note(f"{what}: {reason(error)}; the restored rows are not affected")
