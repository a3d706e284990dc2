"""Valid indexes that no constraint stands for, and extended statistics."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import FOREIGN_SCHEMAS, Query, unowned

# A dump leaves invalid indexes out. One on a partitioned table is invalid until every partition has it,
# and is dumped all the same.
_INDEXES = sql.SQL("""
SELECT 'index', ARRAY[n.nspname, x.relname]::text[], '', x.tableoid, x.oid, 0,
       jsonb_build_object(
           'table', jsonb_build_object('name', ARRAY[n.nspname, c.relname]),
           'definition', pg_get_indexdef(x.oid)) || jsonb_strip_nulls(jsonb_build_object(
           'replica_identity', nullif(i.indisreplident, false),
           'parent', (SELECT jsonb_build_object('name', ARRAY[pn.nspname, p.relname])
                        FROM pg_inherits AS h
                        JOIN pg_class AS p ON p.oid = h.inhparent
                        JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
                       WHERE h.inhrelid = x.oid),
           'statistics_targets', (SELECT jsonb_agg(format('%s: %s', a.attnum, a.attstattarget))
                                    FROM pg_attribute AS a
                                   WHERE a.attrelid = x.oid AND a.attstattarget >= 0)))
  FROM pg_index AS i
  JOIN pg_class AS x ON x.oid = i.indexrelid
  JOIN pg_class AS c ON c.oid = i.indrelid
  JOIN pg_namespace AS n ON n.oid = x.relnamespace
 WHERE (i.indisvalid OR c.relkind = 'p') AND i.indisready AND c.relkind IN ('r', 'p', 'm')
   AND c.relpersistence <> 't' AND {foreign} AND {unowned}
   AND NOT EXISTS (SELECT FROM pg_constraint AS k
                    WHERE k.conindid = x.oid AND k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x'))
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_class", "c.oid"))

_STATISTICS = sql.SQL("""
SELECT 'statistics', ARRAY[n.nspname, s.stxname]::text[], '', s.tableoid, s.oid, 0,
       jsonb_build_object(
           'table', jsonb_build_object('name', ARRAY[cn.nspname, c.relname]),
           'definition', pg_get_statisticsobjdef(s.oid)) || jsonb_strip_nulls(jsonb_build_object(
           'statistics_target', nullif(s.stxstattarget, -1),
           'owner', pg_get_userbyid(s.stxowner)))
  FROM pg_statistic_ext AS s
  JOIN pg_namespace AS n ON n.oid = s.stxnamespace
  JOIN pg_class AS c ON c.oid = s.stxrelid
  JOIN pg_namespace AS cn ON cn.oid = c.relnamespace
 WHERE {foreign} AND {unowned}
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_statistic_ext", "s.oid"))

QUERIES = (Query(_INDEXES), Query(_STATISTICS))
