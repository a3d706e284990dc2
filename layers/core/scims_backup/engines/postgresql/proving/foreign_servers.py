"""Relations that read a foreign server when they are read: a restore never does that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

REACHING_FOREIGN_SERVERS = """
WITH RECURSIVE reaching (oid) AS (
    SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'f'
    UNION
    SELECT w.ev_class
      FROM pg_catalog.pg_extension AS e
      JOIN pg_catalog.pg_depend AS m ON m.refclassid = 'pg_catalog.pg_extension'::regclass
           AND m.refobjid = e.oid AND m.deptype = 'e' AND m.classid = 'pg_catalog.pg_proc'::regclass
      JOIN pg_catalog.pg_depend AS d ON d.refclassid = m.classid AND d.refobjid = m.objid
           AND d.classid = 'pg_catalog.pg_rewrite'::regclass
      JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid
     WHERE e.extname = 'dblink'
    UNION
    SELECT above.oid
      FROM reaching AS r
     CROSS JOIN LATERAL (
           SELECT i.inhparent FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = r.oid
           UNION ALL
           SELECT w.ev_class
             FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid
            WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass
              AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = r.oid) AS above (oid)
)
"""
"""SQL that begins a query: upwards from foreign tables, and views that call dblink, to parents and views.

What a function's body calls is in no catalog.
"""
_LISTED = """
SELECT n.nspname, c.relname, c.relkind::text
  FROM reaching AS r
  JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 ORDER BY 1, 2
"""

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Reaching:
    """A relation that reads a foreign server.

    kind: as in pg_class.relkind.
    """

    schema: str
    name: str
    kind: str


def reaching_foreign_servers(connection: Connection) -> list[Reaching]:
    """List the relations that read a foreign server, directly or through others."""
    return [Reaching(*row) for row in connection.execute(REACHING_FOREIGN_SERVERS + _LISTED)]


def without_foreign_refreshes(connection: Connection, contents: list[str]) -> list[str]:
    """Leave out the entries that would fill a materialized view from a foreign server.

    contents: of an archive, as pg_restore --list writes them.
    connection: to the database with its definitions.
    """
    if not any(" MATERIALIZED VIEW DATA " in line for line in contents):
        return contents
    foreign = [
        f" MATERIALIZED VIEW DATA {one.schema} {one.name} "
        for one in reaching_foreign_servers(connection)
        if one.kind == "m"
    ]
    return [line for line in contents if not any(entry in line for entry in foreign)]
