"""Policies of row-level security."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import FOREIGN_SCHEMAS, Query, unowned

# A policy's expressions may hold queries, and printing those locks what they read.
_POLICIES = sql.SQL("""
SELECT 'policy', ARRAY[n.nspname, c.relname, p.polname]::text[], '', p.tableoid, p.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'command', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                                    WHEN 'd' THEN 'delete' ELSE 'all' END,
           'permissive', p.polpermissive,
           'roles', (SELECT jsonb_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END)
                       FROM unnest(p.polroles) AS r),
           'using', pg_get_expr(p.polqual, p.polrelid),
           'check', pg_get_expr(p.polwithcheck, p.polrelid)))
  FROM pg_policy AS p
  JOIN pg_class AS c ON c.oid = p.polrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE {foreign} AND {unowned} AND p.oid::bigint %% %(parts)s = %(part)s
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_class", "c.oid"))

QUERIES = (Query(_POLICIES, locking="SELECT count(*) FROM pg_policy"),)
