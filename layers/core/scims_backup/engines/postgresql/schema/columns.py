"""Columns of tables, views, foreign tables and composite types."""

from psycopg import sql

from scims_backup.engines.postgresql.rules.server_options import KEPT_BY_THE_SERVER
from scims_backup.engines.postgresql.schema.entries import FOREIGN_SCHEMAS, Query, granted, unowned

# Children in inheritance come back from a restore with their columns in another order.
_COLUMNS = """
SELECT 'column', ARRAY[n.nspname, c.relname, a.attname]::text[], '', c.tableoid, c.oid, a.attnum::int,
       jsonb_strip_nulls(jsonb_build_object(
           'position', CASE WHEN NOT EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = c.oid)
               THEN row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum) END,
           'type', format_type(a.atttypid, a.atttypmod),
           'collation', CASE WHEN a.attcollation <> t.typcollation
               THEN jsonb_build_object('name', ARRAY[ln.nspname, l.collname]) END,
           'not_null', a.attnotnull,
           'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
           'generated', CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END,
           'generation', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
           'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
           'storage', CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END,
           'compression', nullif(a.attcompression::text, ''),
           'statistics_target', nullif(a.attstattarget, -1),
           'options', (SELECT jsonb_agg(o) FROM unnest(a.attoptions) AS o
                        WHERE split_part(o, '=', 1) <> ALL ({kept})),
           'foreign_options', to_jsonb(a.attfdwoptions),
           'inherited', nullif(a.attinhcount > 0, false),
           'local', CASE WHEN a.attinhcount > 0 AND NOT c.relispartition THEN a.attislocal END,
           {not_null}
           'grants', CASE WHEN a.attacl IS NOT NULL THEN {grants} END))
  FROM pg_attribute AS a
  JOIN pg_class AS c ON c.oid = a.attrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_type AS t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
  LEFT JOIN pg_namespace AS ln ON ln.oid = l.collnamespace
  {constraint}
 WHERE a.attnum > 0 AND NOT a.attisdropped
   AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND c.relpersistence <> 't' AND {foreign}
   AND {unowned} AND {unowned_type}
"""
_FRAGMENTS = {
    "kept": sql.Literal(sorted(KEPT_BY_THE_SERVER)),
    "grants": granted(sql.SQL("a.attacl")),
    "foreign": FOREIGN_SCHEMAS,
    "unowned": unowned("pg_class", "c.oid"),
    "unowned_type": unowned("pg_type", "c.reltype"),  # a composite type's relation belongs to no extension
}
_NAMED_NOT_NULL = sql.SQL("""
           'not_null_name', k.conname,
           'not_null_inherits', nullif(NOT k.connoinherit, true),
           'not_null_validated', nullif(k.convalidated, true),
""")
_CONSTRAINT = sql.SQL(
    "LEFT JOIN pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]"
)

QUERIES = (
    Query(
        sql.SQL(_COLUMNS).format(not_null=sql.SQL(""), constraint=sql.SQL(""), **_FRAGMENTS), before=180000
    ),
    Query(
        sql.SQL(_COLUMNS).format(not_null=_NAMED_NOT_NULL, constraint=_CONSTRAINT, **_FRAGMENTS), since=180000
    ),
)
