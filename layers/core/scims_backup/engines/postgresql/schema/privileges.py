"""Default privileges, and grants on the server's and extensions' own objects."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import Query, granted

_DEFAULTS = sql.SQL("""
SELECT 'default-privileges', array_remove(ARRAY[r.rolname, n.nspname]::text[], NULL),
       CASE d.defaclobjtype WHEN 'r' THEN ' on tables' WHEN 'S' THEN ' on sequences'
            WHEN 'f' THEN ' on functions' WHEN 'T' THEN ' on types' WHEN 'n' THEN ' on schemas'
            WHEN 'L' THEN ' on large objects' ELSE ' on ' || d.defaclobjtype::text END,
       0::oid, 0::oid, 0,
       jsonb_build_object('grants', {grants})
  FROM pg_default_acl AS d
  JOIN pg_roles AS r ON r.oid = d.defaclrole
  LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
""").format(grants=granted(sql.SQL("d.defaclacl")))

# A dump carries what differs from the rights that initdb or CREATE EXTENSION gave, information_schema aside.
_SYSTEM = sql.SQL("""
WITH objects (catalog, oid, part, acl, kind, owner) AS (
    SELECT tableoid, oid, 0, relacl, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner
      FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
       AND relpersistence <> 't' AND relnamespace IS DISTINCT FROM {own}
    UNION ALL SELECT r.tableoid, r.oid, a.attnum, a.attacl, 'c', r.relowner
      FROM pg_attribute AS a JOIN pg_class AS r ON r.oid = a.attrelid
     WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
       AND r.relpersistence <> 't' AND r.relnamespace IS DISTINCT FROM {own}
    UNION ALL SELECT tableoid, oid, 0, proacl, 'f', proowner FROM pg_proc
     WHERE pronamespace IS DISTINCT FROM {own}
    UNION ALL SELECT tableoid, oid, 0, nspacl, 'n', nspowner FROM pg_namespace
     WHERE nspname !~ '^pg_(toast|temp)' AND nspname <> 'information_schema'
    UNION ALL SELECT tableoid, oid, 0, typacl, 'T', typowner FROM pg_type
     WHERE typnamespace IS DISTINCT FROM {own}
    UNION ALL SELECT tableoid, oid, 0, lanacl, 'l', lanowner FROM pg_language
    UNION ALL SELECT tableoid, oid, 0, fdwacl, 'F', fdwowner FROM pg_foreign_data_wrapper
    UNION ALL SELECT tableoid, oid, 0, srvacl, 'S', srvowner FROM pg_foreign_server
), changed AS (
    SELECT o.catalog, o.oid, o.part, o.kind, coalesce(o.acl, acldefault(o.kind, o.owner)) AS acl,
           coalesce(p.initprivs, acldefault(o.kind, o.owner)) AS initial
      FROM objects AS o
      LEFT JOIN pg_init_privs AS p ON p.classoid = o.catalog AND p.objoid = o.oid AND p.objsubid = o.part
     WHERE (o.acl IS NOT NULL OR p.initprivs IS NOT NULL)
       AND (o.oid < 16384 OR EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = o.catalog
                                        AND e.objid = o.oid AND e.deptype = 'e'))
       AND NOT (o.catalog = 'pg_namespace'::regclass
                AND o.oid = (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = 'public'))
)
SELECT 'system-grants', ARRAY[]::text[], i.type || ' ' || i.identity, 0::oid, 0::oid, 0,
       jsonb_build_object('grants', g.more, 'revoked', g.less)
       || coalesce((SELECT jsonb_build_object('extension', x.extname)
                      FROM pg_depend AS e
                      JOIN pg_extension AS x ON x.oid = e.refobjid
                     WHERE e.classid = c.catalog AND e.objid = c.oid AND e.objsubid = 0
                       AND e.deptype = 'e'), '{{}}')
  FROM changed AS c
 CROSS JOIN LATERAL (
    SELECT jsonb_agg(e.entry) FILTER (WHERE e.now AND NOT e.before) AS more,
           jsonb_agg(e.entry ->> 1 || ' from ' || coalesce(e.entry ->> 0, 'PUBLIC'))
               FILTER (WHERE e.before AND NOT e.now) AS less
      FROM (SELECT u.entry, bool_or(u.now) AS now, bool_or(NOT u.now) AS before
              FROM (SELECT true AS now, jsonb_array_elements({now}) AS entry
                    UNION ALL SELECT false, jsonb_array_elements({initial})) AS u
             GROUP BY u.entry) AS e) AS g
 CROSS JOIN LATERAL pg_identify_object(c.catalog, c.oid, c.part) AS i
 WHERE g.more IS NOT NULL OR g.less IS NOT NULL
""").format(
    own=sql.SQL("to_regnamespace('information_schema')"),
    now=granted(sql.SQL("c.acl")),
    initial=granted(sql.SQL("c.initial")),
)

QUERIES = (Query(_DEFAULTS), Query(_SYSTEM))
