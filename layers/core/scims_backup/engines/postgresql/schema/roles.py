"""Roles without passwords, who is a member of whom, and the settings of roles."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import Query

_ROLES = sql.SQL("""
SELECT 'role', ARRAY[r.rolname]::text[], '', 'pg_authid'::regclass::oid, r.oid, 0,
       jsonb_build_object(
           'superuser', r.rolsuper, 'inherit', r.rolinherit, 'createrole', r.rolcreaterole,
           'createdb', r.rolcreatedb, 'login', r.rolcanlogin, 'replication', r.rolreplication,
           'bypassrls', r.rolbypassrls, 'connection_limit', r.rolconnlimit,
           'valid_until', r.rolvaliduntil::text)
  FROM pg_roles AS r
 WHERE r.rolname !~ '^pg_'
""")

# Since PostgreSQL 16 a membership can be granted by several roles, each with its own options.
_MEMBERSHIPS = """
SELECT 'role-membership', ARRAY[r.rolname, m.rolname]::text[], '', 0::oid, 0::oid, 0,
       jsonb_build_object(
           'role', r.rolname, 'member', m.rolname, 'admin', bool_or(a.admin_option),
           'inherit', {inherit}, 'set', {set}, 'grantor', min(g.rolname))
  FROM pg_auth_members AS a
  JOIN pg_roles AS r ON r.oid = a.roleid
  JOIN pg_roles AS m ON m.oid = a.member
  LEFT JOIN pg_roles AS g ON g.oid = a.grantor
 WHERE m.rolname !~ '^pg_'
 GROUP BY r.rolname, m.rolname
"""

QUERIES = (
    Query(_ROLES),
    Query(sql.SQL(_MEMBERSHIPS).format(inherit=sql.SQL("NULL"), set=sql.SQL("NULL")), before=160000),
    Query(
        sql.SQL(_MEMBERSHIPS).format(
            inherit=sql.SQL("bool_or(a.inherit_option)"), set=sql.SQL("bool_or(a.set_option)")
        ),
        since=160000,
    ),
)
