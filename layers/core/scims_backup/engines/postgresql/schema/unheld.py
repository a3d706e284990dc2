"""What the catalog itself shows to be in no archive: it is about an extension's objects, yet not its own.

That is visible without knowing what the extension contains. Any other change, such as an index or
a cost, shows only in comparison with a fresh copy of the same version, so a drill reports it.
"""

from __future__ import annotations

from psycopg import sql

from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.rules.proof import Unheld
from scims_backup.engines.postgresql.schema.providers import PROVIDERS

_MEMBERS = """
WITH RECURSIVE members AS (
    SELECT d.classid, d.objid, d.refobjid AS extension, x.extname, x.extowner
      FROM pg_depend AS d
      JOIN pg_extension AS x ON x.oid = d.refobjid
     WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
), owned AS (
    SELECT 'pg_class'::regclass AS classid, oid, relowner AS owner, relacl AS acl FROM pg_class
    UNION ALL SELECT 'pg_proc'::regclass, oid, proowner, proacl FROM pg_proc
    UNION ALL SELECT 'pg_namespace'::regclass, oid, nspowner, nspacl FROM pg_namespace
    UNION ALL SELECT 'pg_type'::regclass, oid, typowner, typacl FROM pg_type
    UNION ALL SELECT 'pg_language'::regclass, oid, lanowner, lanacl FROM pg_language
    UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwowner, fdwacl FROM pg_foreign_data_wrapper
    UNION ALL SELECT 'pg_foreign_server'::regclass, oid, srvowner, srvacl FROM pg_foreign_server
), providers AS (
    SELECT oid FROM pg_roles WHERE rolsuper OR rolname ~ '^pg_' OR rolname = ANY (%(providers)s)
)
"""
_GRANTS = """
SELECT pg_describe_object(m.classid, m.objid, 0), m.extname,
       string_agg(n.privilege_type, ', ' ORDER BY n.privilege_type) || ' was granted to '
           || quote_ident(pg_get_userbyid(n.grantee)) || ', which CREATE EXTENSION recorded as its own', false
  FROM members AS m
  JOIN owned AS o ON o.classid = m.classid AND o.oid = m.objid
  JOIN pg_init_privs AS p ON p.classoid = m.classid AND p.objoid = m.objid AND p.objsubid = 0
 CROSS JOIN LATERAL aclexplode(p.initprivs) AS i
  JOIN LATERAL aclexplode(o.acl) AS n ON n.grantee = i.grantee AND n.privilege_type = i.privilege_type
 WHERE n.grantee NOT IN (0, o.owner, m.extowner) AND n.grantee NOT IN (SELECT oid FROM providers)
   AND n.grantee IN (SELECT oid FROM pg_roles)
 GROUP BY m.classid, m.objid, m.extname, n.grantee
"""
_DROPPED = """
SELECT pg_describe_object(p.classoid, p.objoid, p.objsubid), m.extname, i.grantee::text, true
  FROM members AS m
  JOIN pg_init_privs AS p ON p.classoid = m.classid AND p.objoid = m.objid
 CROSS JOIN LATERAL (SELECT DISTINCT grantee FROM aclexplode(p.initprivs)) AS i
 WHERE i.grantee <> 0 AND i.grantee NOT IN (SELECT oid FROM pg_roles)
"""
_MEMBERS_OWNERS = """
SELECT pg_describe_object(m.classid, m.objid, 0), m.extname,
       'belongs to ' || quote_ident(pg_get_userbyid(o.owner)), false
  FROM members AS m
  JOIN owned AS o ON o.classid = m.classid AND o.oid = m.objid
  LEFT JOIN pg_type AS t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid
 WHERE o.owner <> m.extowner AND o.owner NOT IN (SELECT oid FROM providers)
   AND (t.oid IS NULL OR t.typelem = 0 AND (t.typrelid = 0 OR t.typrelid IN (
       SELECT oid FROM pg_class WHERE relkind = 'c')))
"""
# inside: all that goes when the extension goes, so that what refers to something else was attached later
_ATTACHED = """
, inside (classid, objid, extname) AS (
    SELECT classid, objid, extname FROM members
    UNION
    SELECT d.classid, d.objid, i.extname
      FROM inside AS i
      JOIN pg_depend AS d ON d.refclassid = i.classid AND d.refobjid = i.objid
     WHERE d.deptype IN ('i', 'a', 'P')
       AND d.classid IN ('pg_trigger'::regclass, 'pg_constraint'::regclass, 'pg_rewrite'::regclass,
                         'pg_policy'::regclass, 'pg_attrdef'::regclass, 'pg_type'::regclass,
                         'pg_class'::regclass, 'pg_amop'::regclass, 'pg_amproc'::regclass)
       AND NOT (d.classid = 'pg_class'::regclass
                AND d.objid IN (SELECT oid FROM pg_class WHERE relkind NOT IN ('i', 'I', 't')))
)
SELECT pg_describe_object(i.classid, i.objid, 0), i.extname,
       'needs ' || string_agg(DISTINCT pg_describe_object(d.refclassid, d.refobjid, 0), ', '), false
  FROM inside AS i
  JOIN pg_depend AS d ON d.classid = i.classid AND d.objid = i.objid AND d.deptype IN ('n', 'a', 'i')
 WHERE d.refobjid >= 16384 AND d.refclassid NOT IN ('pg_extension'::regclass, 'pg_namespace'::regclass)
   AND NOT EXISTS (SELECT FROM inside AS o WHERE o.classid = d.refclassid AND o.objid = d.refobjid)
   AND NOT EXISTS (SELECT FROM pg_trigger AS t WHERE i.classid = 'pg_trigger'::regclass
                      AND t.oid = i.objid AND t.tgisinternal)
   AND NOT (d.refclassid = 'pg_class'::regclass AND d.refobjid IN (
       SELECT oid FROM pg_class WHERE relkind NOT IN ('r', 'p', 'v', 'm', 'f', 'S')))
 GROUP BY i.classid, i.objid, i.extname
"""
_POLICIES = """
SELECT pg_describe_object('pg_policy'::regclass, p.oid, 0), m.extname,
       'is for ' || string_agg(quote_ident(pg_get_userbyid(r)), ', '), false
  FROM members AS m
  JOIN pg_policy AS p ON p.polrelid = m.objid
 CROSS JOIN LATERAL unnest(p.polroles) AS r
 WHERE m.classid = 'pg_class'::regclass AND r <> 0 AND r NOT IN (SELECT oid FROM providers)
 GROUP BY p.oid, m.extname
"""
_PUBLICATIONS = """
SELECT pg_describe_object(m.classid, m.objid, 0), m.extname,
       'is in publication ' || quote_ident(p.pubname), false
  FROM members AS m
  JOIN pg_publication_rel AS r ON r.prrelid = m.objid
  JOIN pg_publication AS p ON p.oid = r.prpubid
 WHERE m.classid = 'pg_class'::regclass
"""
_PUBLISHED_SINCE = 180000
"""pg_dump writes since this version which of an extension's tables a publication has."""


def read_unheld(connection: Connection) -> tuple[Unheld, ...]:
    """Read what no archive of this database can hold, in the connection's own transaction."""
    looks = [_GRANTS, _DROPPED, _MEMBERS_OWNERS, _ATTACHED, _POLICIES]
    if connection.info.server_version < _PUBLISHED_SINCE:
        looks.append(_PUBLICATIONS)
    found: set[Unheld] = set()
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL quote_all_identifiers = off")
        # the planner takes what is inside for a handful, and would compare thousands with thousands
        connection.execute("SET LOCAL enable_nestloop = off")
        for look in looks:
            rows = connection.execute(sql.SQL(_MEMBERS + look), {"providers": list(PROVIDERS)})
            # an object that is gone by now has no name any more
            found |= {Unheld(*row) for row in rows if row[0] is not None}
    return tuple(sorted(found))
