"""Enums, composite, range and base types, domains and their constraints."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import FOREIGN_SCHEMAS, Query, grants, unowned

# Left out: row types of tables, array types and multirange types, which follow from others.
_TYPES = sql.SQL("""
SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END,
       ARRAY[n.nspname, t.typname]::text[], '', t.tableoid, t.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'kind', CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'c' THEN 'composite' WHEN 'r' THEN 'range'
                                  WHEN 'd' THEN NULL WHEN 'p' THEN 'shell' ELSE 'base' END,
           'labels', (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                        FROM pg_enum AS e WHERE e.enumtypid = t.oid),
           'owner', pg_get_userbyid(t.typowner),
           'grants', {grants}))
       || CASE t.typtype WHEN 'd' THEN jsonb_strip_nulls(jsonb_build_object(
              'base', format_type(t.typbasetype, t.typtypmod),
              'collation', CASE WHEN t.typcollation <> b.typcollation
                                THEN t.typcollation::regcollation::text END,
              'default', coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault),
              'not_null', t.typnotnull))
          WHEN 'b' THEN jsonb_strip_nulls(jsonb_build_object(
              'input', t.typinput::regprocedure::text, 'output', t.typoutput::regprocedure::text,
              'receive', nullif(t.typreceive, 0)::regprocedure::text,
              'send', nullif(t.typsend, 0)::regprocedure::text,
              'typmod_input', nullif(t.typmodin, 0)::regprocedure::text,
              'typmod_output', nullif(t.typmodout, 0)::regprocedure::text,
              'analyze', nullif(t.typanalyze, 0)::regprocedure::text,
              'length', t.typlen, 'by_value', t.typbyval, 'alignment', t.typalign::text,
              'storage', t.typstorage::text, 'category', t.typcategory::text,
              'preferred', t.typispreferred, 'delimiter', t.typdelim::text,
              'default', coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault),
              'element', CASE WHEN t.typelem <> 0 THEN format_type(t.typelem, NULL) END))
          ELSE coalesce((SELECT jsonb_strip_nulls(jsonb_build_object(
                   'subtype', format_type(r.rngsubtype, NULL),
                   'multirange', format_type(r.rngmultitypid, NULL),
                   'collation', CASE WHEN r.rngcollation <> 0 THEN r.rngcollation::regcollation::text END,
                   'operator_class', jsonb_build_object('name', ARRAY[sn.nspname, s.opcname]),
                   'canonical', nullif(r.rngcanonical, 0)::regprocedure::text,
                   'difference', nullif(r.rngsubdiff, 0)::regprocedure::text))
                  FROM pg_range AS r
                  JOIN pg_opclass AS s ON s.oid = r.rngsubopc
                  JOIN pg_namespace AS sn ON sn.oid = s.opcnamespace
                 WHERE r.rngtypid = t.oid), '{{}}') END
  FROM pg_type AS t
  JOIN pg_namespace AS n ON n.oid = t.typnamespace
  LEFT JOIN pg_type AS b ON b.oid = t.typbasetype
 WHERE t.typtype IN ('b', 'c', 'd', 'e', 'r', 'p') AND {foreign} AND {unowned}
   AND (t.typrelid = 0 OR t.typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c'))
   AND t.oid NOT IN (SELECT typarray FROM pg_type)
""").format(
    grants=grants("t.typacl", "T", "t.typowner"),
    foreign=FOREIGN_SCHEMAS,
    unowned=unowned("pg_type", "t.oid"),
)

_DOMAIN_CHECKS = sql.SQL("""
SELECT 'domain-check', ARRAY[n.nspname, t.typname, k.conname]::text[], '', k.tableoid, k.oid, 0,
       jsonb_build_object('definition', pg_get_constraintdef(k.oid), 'validated', k.convalidated)
  FROM pg_constraint AS k
  JOIN pg_type AS t ON t.oid = k.contypid
  JOIN pg_namespace AS n ON n.oid = t.typnamespace
 WHERE k.contype = 'c' AND {foreign} AND {unowned}
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_type", "t.oid"))

QUERIES = (Query(_TYPES), Query(_DOMAIN_CHECKS))
