"""The database itself, its settings and those of roles, and its schemas."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import FOREIGN_SCHEMAS, Query, grants, unowned

_DATABASE = sql.SQL("""
SELECT 'database', ARRAY[d.datname]::text[], '', d.tableoid, d.oid, 0,
       jsonb_build_object(
           'connection_limit', d.datconnlimit, 'is_template', d.datistemplate,
           'allow_connections', d.datallowconn, 'owner', pg_get_userbyid(d.datdba), 'grants', {grants})
  FROM pg_database AS d
 WHERE d.datname = current_database()
""").format(grants=grants("d.datacl", "d", "d.datdba"))

# A setting with a dot in its name is the application's own, and may be a secret.
_SETTINGS = sql.SQL("""
SELECT CASE WHEN s.setdatabase = 0 AND s.setrole = 0 THEN 'all-roles-setting'
            WHEN s.setdatabase = 0 THEN 'role-setting'
            WHEN s.setrole = 0 THEN 'database-setting'
            ELSE 'role-in-database-setting' END,
       CASE WHEN s.setrole = 0 THEN '{}' ELSE ARRAY[r.rolname, p.name]::text[] END,
       CASE WHEN s.setrole = 0 THEN p.name ELSE '' END, 0::oid, 0::oid, 0,
       jsonb_strip_nulls(jsonb_build_object('role', r.rolname, 'setting', p.name))
       || CASE WHEN p.name LIKE '%.%' THEN jsonb_build_object('digest',
                   encode(sha256(convert_to(p.value, getdatabaseencoding())), 'hex'))
               ELSE jsonb_build_object('value', p.value) END
  FROM pg_db_role_setting AS s
  LEFT JOIN pg_roles AS r ON r.oid = s.setrole
 CROSS JOIN LATERAL unnest(s.setconfig) AS u (setting)
 CROSS JOIN LATERAL (SELECT split_part(u.setting, '=', 1),
                            substr(u.setting, strpos(u.setting, '=') + 1)) AS p (name, value)
 WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
   AND (s.setrole = 0 OR r.rolname !~ '^pg_')
""")

_SCHEMAS = sql.SQL("""
SELECT 'schema', ARRAY[n.nspname]::text[], '', n.tableoid, n.oid, 0,
       jsonb_build_object('owner', pg_get_userbyid(n.nspowner), 'grants', {grants})
  FROM pg_namespace AS n
 WHERE {foreign} AND {unowned}
""").format(
    grants=grants("n.nspacl", "n", "n.nspowner"),
    foreign=FOREIGN_SCHEMAS,
    unowned=unowned("pg_namespace", "n.oid"),
)

_EXTENSIONS = sql.SQL("""
SELECT 'extension', ARRAY[e.extname]::text[], '', e.tableoid, e.oid, 0,
       jsonb_build_object('schema', n.nspname)
  FROM pg_extension AS e
  JOIN pg_namespace AS n ON n.oid = e.extnamespace
""")

QUERIES = (Query(_DATABASE), Query(_SETTINGS), Query(_SCHEMAS), Query(_EXTENSIONS))
