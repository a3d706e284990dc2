"""Sequences: how they count; where they stand is read apart."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import FOREIGN_SCHEMAS, Query, grants, unowned

_SEQUENCES = """
SELECT 'sequence', ARRAY[n.nspname, c.relname]::text[], '', c.tableoid, c.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'type', format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment', s.seqincrement,
           'minimum', s.seqmin, 'maximum', s.seqmax, 'cache', s.seqcache, 'cycle', s.seqcycle,
           {persistence}
           'owned_by', CASE WHEN o.objid IS NOT NULL THEN jsonb_build_object('name', o.column_name) END,
           'identity', nullif(o.deptype = 'i', false),
           'owner', pg_get_userbyid(c.relowner), 'grants', {grants}))
  FROM pg_sequence AS s
  JOIN pg_class AS c ON c.oid = s.seqrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN (SELECT d.objid, d.deptype, ARRAY[tn.nspname, t.relname, a.attname] AS column_name
               FROM pg_depend AS d
               JOIN pg_class AS t ON t.oid = d.refobjid
               JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
               JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
              WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0) AS o ON o.objid = c.oid
 WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND {foreign} AND {unowned}
"""
_FRAGMENTS = {
    "grants": grants("c.relacl", "s", "c.relowner"),
    "foreign": FOREIGN_SCHEMAS,
    "unowned": unowned("pg_class", "c.oid"),
}
_PERSISTENCE = sql.SQL("'persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' END,")

# Unlogged sequences came with PostgreSQL 15.
QUERIES = (
    Query(sql.SQL(_SEQUENCES).format(persistence=sql.SQL(""), **_FRAGMENTS), before=150000),
    Query(sql.SQL(_SEQUENCES).format(persistence=_PERSISTENCE, **_FRAGMENTS), since=150000),
)
