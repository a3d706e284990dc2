"""Primary keys, unique, check, exclusion and foreign-key constraints of tables."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import FOREIGN_SCHEMAS, Query, unowned

# A foreign key's copies on partitions follow from the one on the root, and their names are generated again.
# What enforces a foreign key are triggers, and those can be disabled.
_CONSTRAINTS = sql.SQL("""
SELECT CASE k.contype WHEN 'p' THEN 'primary-key' WHEN 'u' THEN 'unique' WHEN 'c' THEN 'check'
                      WHEN 'x' THEN 'exclusion' WHEN 'f' THEN 'foreign-key' END,
       ARRAY[n.nspname, c.relname, k.conname]::text[], '', k.tableoid, k.oid, 0,
       jsonb_build_object('definition', pg_get_constraintdef(k.oid)) || jsonb_strip_nulls(jsonb_build_object(
           'index', CASE WHEN k.contype IN ('p', 'u', 'x') THEN pg_get_indexdef(k.conindid) END,
           'validated', k.convalidated,
           'deferrable', nullif(k.condeferrable, false),
           'deferred', nullif(k.condeferred, false),
           'no_inherit', CASE k.contype WHEN 'c' THEN nullif(k.connoinherit, false) END,
           'inherited', CASE k.contype WHEN 'c' THEN nullif(k.coninhcount > 0, false) END,
           'triggers_enabled', CASE WHEN k.contype = 'f' THEN NOT EXISTS (
               SELECT FROM pg_trigger AS g
                WHERE g.tgconstraint = k.oid AND g.tgenabled NOT IN ('O', 'A')) END,
           'replica_identity', nullif(i.indisreplident, false),
           'index_parent', (SELECT jsonb_build_object('name', ARRAY[pn.nspname, p.relname])
                              FROM pg_inherits AS h
                              JOIN pg_class AS p ON p.oid = h.inhparent
                              JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
                             WHERE h.inhrelid = i.indexrelid),
           'index_comment', obj_description(i.indexrelid, 'pg_class')))
  FROM pg_constraint AS k
  JOIN pg_class AS c ON c.oid = k.conrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_index AS i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
 WHERE k.contype IN ('p', 'u', 'c', 'x', 'f') AND NOT (k.contype = 'f' AND k.conparentid <> 0)
   AND c.relpersistence <> 't' AND {foreign} AND {unowned}
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_class", "c.oid"))

QUERIES = (Query(_CONSTRAINTS),)
