"""Procedural languages, transforms and access methods."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import FIRST_USER_OID, Query, grants, unowned

_LANGUAGES = sql.SQL("""
SELECT 'language', ARRAY[l.lanname]::text[], '', l.tableoid, l.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'trusted', l.lanpltrusted,
           'handler', nullif(l.lanplcallfoid, 0)::regprocedure::text,
           'inline', nullif(l.laninline, 0)::regprocedure::text,
           'validator', nullif(l.lanvalidator, 0)::regprocedure::text,
           'owner', pg_get_userbyid(l.lanowner), 'grants', {grants}))
  FROM pg_language AS l
 WHERE l.lanispl AND l.oid >= {first} AND {unowned}
""").format(
    grants=grants("l.lanacl", "l", "l.lanowner"),
    first=FIRST_USER_OID,
    unowned=unowned("pg_language", "l.oid"),
)

_TRANSFORMS = sql.SQL("""
SELECT 'transform', ARRAY[]::text[], format('%s for %I', format_type(t.trftype, NULL), l.lanname),
       t.tableoid, t.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'from_sql', nullif(t.trffromsql, 0)::regprocedure::text,
           'to_sql', nullif(t.trftosql, 0)::regprocedure::text))
  FROM pg_transform AS t
  JOIN pg_language AS l ON l.oid = t.trflang
 WHERE {unowned}
""").format(unowned=unowned("pg_transform", "t.oid"))

_ACCESS_METHODS = sql.SQL("""
SELECT 'access-method', ARRAY[m.amname]::text[], '', m.tableoid, m.oid, 0,
       jsonb_build_object(
           'type', CASE m.amtype WHEN 't' THEN 'table' ELSE 'index' END,
           'handler', m.amhandler::regprocedure::text)
  FROM pg_am AS m
 WHERE m.oid >= {first} AND {unowned}
""").format(first=FIRST_USER_OID, unowned=unowned("pg_am", "m.oid"))

QUERIES = (Query(_LANGUAGES), Query(_TRANSFORMS), Query(_ACCESS_METHODS))
