"""Noticing what snapshots cannot see: a TRUNCATE or a rewriting ALTER empties a table for them, silently.

The snapshot's own pg_class says in which file a table's rows were; pg_relation_filenode() says in which
they are now. Where the two differ, dump and proof would agree on rows that are wrong. So they would on a
table that took another's name: both ask for it by name, and see no rows younger than the snapshot.
"""

from __future__ import annotations

from collections.abc import Sequence

from scims_backup.domain.errors import SourceChangedError
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.rules.names import qualified

_REWRITTEN = """
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY(%s)
  AND ((c.relkind = 'r' AND c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid))
       OR (c.relkind IN ('r', 'p') AND c.oid IS DISTINCT FROM pg_catalog.to_regclass(
               pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname))))
ORDER BY 1, 2
"""


def refuse_rewritten(connection: Connection, tables: Sequence[int]) -> None:
    """Raise SourceChangedError that names each of the tables (OIDs) rewritten or replaced since the snapshot.

    The caller, or its pg_dump, holds a lock on the tables, so that they stay as they are found.
    """
    rewritten = connection.execute(_REWRITTEN, [list(tables)]).fetchall()
    if rewritten:
        names = ", ".join(qualified(*row) for row in rewritten)
        raise SourceChangedError(
            f"rewritten, truncated or replaced while the dump ran: {names}",
            "take the backup when no migration is running",
        )
