"""Owners, grants and comments of large objects, summed up per owner since there can be millions."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import Query, granted

_LARGE_OBJECTS = sql.SQL("""
SELECT 'large-objects-of', ARRAY[pg_get_userbyid(o.owner)]::text[], '', 0::oid, 0::oid, 0,
       jsonb_build_object(
           'count', count(*),
           'digest', sum(hashtextextended(concat_ws(' ', o.oid, o.grants, o.comment), 0))::text)
  FROM (SELECT m.oid, m.lomowner AS owner, d.description AS comment,
               CASE WHEN m.lomacl IS NOT NULL AND m.lomacl <> acldefault('L', m.lomowner) THEN
                   (SELECT jsonb_agg(e ORDER BY e) FROM jsonb_array_elements({grants}) AS e) END AS grants
          FROM pg_largeobject_metadata AS m
          LEFT JOIN pg_description AS d
            ON d.classoid = 'pg_largeobject'::regclass AND d.objoid = m.oid) AS o
 GROUP BY o.owner
""").format(grants=granted(sql.SQL("m.lomacl")))

QUERIES = (Query(_LARGE_OBJECTS),)
