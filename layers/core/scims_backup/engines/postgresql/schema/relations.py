"""Tables, views, materialized views and foreign tables."""

from psycopg import sql

from scims_backup.engines.postgresql.proving.foreign_servers import REACHING_FOREIGN_SERVERS
from scims_backup.engines.postgresql.schema.entries import FOREIGN_SCHEMAS, Query, grants, options, unowned

_TABLES = sql.SQL("""
SELECT CASE c.relkind WHEN 'f' THEN 'foreign-table' ELSE 'table' END,
       ARRAY[n.nspname, c.relname]::text[], '', c.tableoid, c.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'partitioned', nullif(c.relkind = 'p', false),
           'persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END,
           'partition_key', pg_get_partkeydef(c.oid),
           'partition_bound', pg_get_expr(c.relpartbound, c.oid),
           'parents', (SELECT jsonb_agg(jsonb_build_object('name', ARRAY[pn.nspname, p.relname]))
                         FROM pg_inherits AS i
                         JOIN pg_class AS p ON p.oid = i.inhparent
                         JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
                        WHERE i.inhrelid = c.oid),
           'of_type', CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
           'row_security', c.relrowsecurity,
           'force_row_security', c.relforcerowsecurity,
           'replica_identity', CASE c.relreplident
               WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END,
           'access_method', nullif(m.amname, 'heap'),
           'options', to_jsonb(c.reloptions),
           'toast_options', to_jsonb(t.reloptions),
           'server', s.srvname,
           'foreign_options', {options},
           'owner', pg_get_userbyid(c.relowner),
           'grants', {grants}))
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_am AS m ON m.oid = c.relam
  LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid
  LEFT JOIN pg_foreign_table AS f ON f.ftrelid = c.oid
  LEFT JOIN pg_foreign_server AS s ON s.oid = f.ftserver
 WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND {foreign} AND {unowned}
""").format(
    options=options("f.ftoptions"),
    grants=grants("c.relacl", "r", "c.relowner"),
    foreign=FOREIGN_SCHEMAS,
    unowned=unowned("pg_class", "c.oid"),
)

_VIEWS = sql.SQL("""
{reaching}
SELECT CASE c.relkind WHEN 'm' THEN 'materialized-view' ELSE 'view' END,
       ARRAY[n.nspname, c.relname]::text[], '', c.tableoid, c.oid, 0,
       jsonb_build_object('definition', pg_get_viewdef(c.oid)) || jsonb_strip_nulls(jsonb_build_object(
           'options', to_jsonb(c.reloptions),
           'populated', CASE c.relkind WHEN 'm' THEN c.relispopulated END,
           'reads_foreign_server', CASE WHEN c.relkind = 'm' AND c.oid IN (SELECT oid FROM reaching)
                                        THEN true END,
           'access_method', nullif(m.amname, 'heap'),
           'owner', pg_get_userbyid(c.relowner),
           'grants', {grants}))
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_am AS m ON m.oid = c.relam
 WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND {foreign} AND {unowned}
   AND c.oid::bigint %% %(parts)s = %(part)s
""").format(
    reaching=sql.SQL(REACHING_FOREIGN_SERVERS),
    grants=grants("c.relacl", "r", "c.relowner"),
    foreign=FOREIGN_SCHEMAS,
    unowned=unowned("pg_class", "c.oid"),
)

QUERIES = (Query(_TABLES), Query(_VIEWS, locking="SELECT count(*) FROM pg_class WHERE relkind IN ('v', 'm')"))
