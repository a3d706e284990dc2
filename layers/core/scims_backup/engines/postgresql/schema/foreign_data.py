"""Foreign-data wrappers, foreign servers and user mappings."""

from psycopg import sql

from scims_backup.engines.postgresql.rules.facet_comparison import NOT_READABLE
from scims_backup.engines.postgresql.schema.entries import Query, grants, options, unowned

_WRAPPERS = sql.SQL("""
SELECT 'foreign-data-wrapper', ARRAY[w.fdwname]::text[], '', w.tableoid, w.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'handler', nullif(w.fdwhandler, 0)::regprocedure::text,
           'validator', nullif(w.fdwvalidator, 0)::regprocedure::text,
           'options', {options},
           'owner', pg_get_userbyid(w.fdwowner), 'grants', {grants}))
  FROM pg_foreign_data_wrapper AS w
 WHERE {unowned}
""").format(
    options=options("w.fdwoptions"),
    grants=grants("w.fdwacl", "F", "w.fdwowner"),
    unowned=unowned("pg_foreign_data_wrapper", "w.oid"),
)

_SERVERS = sql.SQL("""
SELECT 'foreign-server', ARRAY[s.srvname]::text[], '', s.tableoid, s.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'wrapper', w.fdwname, 'type', s.srvtype, 'version', s.srvversion,
           'options', {options},
           'owner', pg_get_userbyid(s.srvowner), 'grants', {grants}))
  FROM pg_foreign_server AS s
  JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
 WHERE {unowned}
""").format(
    options=options("s.srvoptions"),
    grants=grants("s.srvacl", "S", "s.srvowner"),
    unowned=unowned("pg_foreign_server", "s.oid"),
)

# The options hold passwords. The view shows none of them to roles that may not see them.
_USER_MAPPINGS = sql.SQL("""
SELECT 'user-mapping',
       CASE m.umuser WHEN 0 THEN ARRAY[m.srvname] ELSE ARRAY[m.srvname, m.usename] END::text[],
       CASE m.umuser WHEN 0 THEN '.PUBLIC' ELSE '' END, 0::oid, 0::oid, 0,
       jsonb_build_object('options_digest', CASE
           WHEN m.umoptions IS NULL AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
           THEN {not_readable}
           ELSE encode(sha256(convert_to(coalesce(
               (SELECT string_agg(quote_literal(o), ',' ORDER BY o) FROM unnest(m.umoptions) AS o), ''),
               getdatabaseencoding())), 'hex') END)
  FROM pg_user_mappings AS m
""").format(not_readable=sql.Literal(NOT_READABLE))

QUERIES = (Query(_WRAPPERS), Query(_SERVERS), Query(_USER_MAPPINGS))
