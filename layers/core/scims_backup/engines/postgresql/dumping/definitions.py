"""Noticing definitions that changed under a held snapshot.

Of one object pg_dump reads part as of the snapshot (its columns) and part as of now (its view's or index's
text), so that an archive can hold a view of a column which it does not create. Every row of the catalogs says
in xmin which transaction wrote it: one that is not there unchanged was changed since, or removed.
"""

from __future__ import annotations

from psycopg import sql

from scims_backup.domain.errors import SourceChangedError
from scims_backup.engines.postgresql.connect.connection import Connection

_IN_SCHEMAS = {
    "pg_proc": "pronamespace",
    "pg_type": "typnamespace",
    "pg_constraint": "connamespace",
    "pg_collation": "collnamespace",
    "pg_statistic_ext": "stxnamespace",
}
_OF_RELATIONS = {
    "pg_attrdef": "adrelid",
    "pg_trigger": "tgrelid",
    "pg_rewrite": "ev_class",
    "pg_policy": "polrelid",
}
# Not by pg_class: indexes, sequences and materialized views, whose row there changes with REINDEX, TRUNCATE
# RESTART IDENTITY and REFRESH, which change no definition. Schemas called pg_… are the server's
# own; those of temporary tables are among them.
_ROWS = """
WITH space AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
     relation AS (SELECT oid FROM pg_class WHERE relnamespace IN (SELECT oid FROM space))
SELECT tableoid::bigint, oid::bigint, 0, xmin::text
  FROM pg_class WHERE relkind NOT IN ('i', 'I', 'S', 'm') AND oid IN (SELECT oid FROM relation)
UNION ALL
SELECT 'pg_class'::regclass::bigint, attrelid::bigint, attnum::int, xmin::text
  FROM pg_attribute WHERE attnum > 0 AND attrelid IN (SELECT oid FROM relation)
UNION ALL
SELECT 'pg_class'::regclass::bigint, indexrelid::bigint, 0, xmin::text
  FROM pg_index WHERE indexrelid IN (SELECT oid FROM relation)
UNION ALL
SELECT tableoid::bigint, oid::bigint, 0, xmin::text FROM pg_namespace WHERE oid IN (SELECT oid FROM space)
"""
_MORE = """
UNION ALL
SELECT tableoid::bigint, oid::bigint, 0, xmin::text FROM {catalog} WHERE {column} IN (SELECT oid FROM {among})
"""
_QUERY = sql.SQL(_ROWS) + sql.SQL("").join(
    sql.SQL(_MORE).format(
        catalog=sql.Identifier(catalog), column=sql.Identifier(column), among=sql.Identifier(among)
    )
    for among, catalogs in (("space", _IN_SCHEMAS), ("relation", _OF_RELATIONS))
    for catalog, column in catalogs.items()
)
_DESCRIPTION = (
    "SELECT coalesce(pg_describe_object(%s::bigint::oid, %s::bigint::oid, %s::int), 'what was dropped')"
)
_NAMED = 5
"""How many changed objects an error names."""

_Address = tuple[int, int, int]


def refuse_changed(held: Connection, now: Connection) -> None:
    """Raise SourceChangedError that names objects whose definition is another now; new ones do no harm.

    held: sees the snapshot.
    now: sees the present.
    """
    before, present = _rows(held), _rows(now)
    changed = [address for address, written in before.items() if present.get(address) != written]
    if changed:
        now.execute("SET LOCAL quote_all_identifiers = off")
        names = sorted({_description(now, address) for address in changed[:_NAMED]})
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        raise SourceChangedError(
            f"changed while the dump ran: {', '.join(names)}{more}",
            "take the backup when no migration is running",
        )


def _rows(connection: Connection) -> dict[_Address, str]:
    return {(catalog, oid, sub): written for catalog, oid, sub, written in connection.execute(_QUERY)}


def _description(connection: Connection, address: _Address) -> str:
    ((text,),) = connection.execute(_DESCRIPTION, address)
    return str(text)
