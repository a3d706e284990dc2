"""Operators, their classes and families, casts, collations and conversions."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import (
    FIRST_USER_OID,
    FOREIGN_SCHEMAS,
    Query,
    unowned,
)

_OPERATORS = sql.SQL("""
SELECT 'operator', ARRAY[n.nspname]::text[],
       format('.%s(%s, %s)', o.oprname,
              CASE o.oprleft WHEN 0 THEN 'none' ELSE format_type(o.oprleft, NULL) END,
              CASE o.oprright WHEN 0 THEN 'none' ELSE format_type(o.oprright, NULL) END),
       o.tableoid, o.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'function', nullif(o.oprcode, 0)::regprocedure::text,
           'result', CASE WHEN o.oprresult <> 0 THEN format_type(o.oprresult, NULL) END,
           'commutator', nullif(o.oprcom, 0)::regoperator::text,
           'negator', nullif(o.oprnegate, 0)::regoperator::text,
           'restrict', nullif(o.oprrest, 0)::regprocedure::text,
           'join', nullif(o.oprjoin, 0)::regprocedure::text,
           'merges', o.oprcanmerge, 'hashes', o.oprcanhash,
           'owner', pg_get_userbyid(o.oprowner)))
  FROM pg_operator AS o
  JOIN pg_namespace AS n ON n.oid = o.oprnamespace
 WHERE {foreign} AND {unowned}
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_operator", "o.oid"))

_FAMILIES = sql.SQL("""
SELECT 'operator-family', ARRAY[n.nspname, f.opfname]::text[], ' using ' || quote_ident(m.amname),
       f.tableoid, f.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'operators', (SELECT jsonb_agg(format('%s %s %s', o.amopstrategy, o.amopopr::regoperator,
                                                 CASE o.amoppurpose WHEN 'o' THEN 'order' ELSE 'search' END))
                           FROM pg_amop AS o WHERE o.amopfamily = f.oid),
           'functions', (SELECT jsonb_agg(format('%s (%s, %s) %s', p.amprocnum,
                                                 format_type(p.amproclefttype, NULL),
                                                 format_type(p.amprocrighttype, NULL),
                                                 p.amproc::regprocedure))
                           FROM pg_amproc AS p WHERE p.amprocfamily = f.oid),
           'owner', pg_get_userbyid(f.opfowner)))
  FROM pg_opfamily AS f
  JOIN pg_namespace AS n ON n.oid = f.opfnamespace
  JOIN pg_am AS m ON m.oid = f.opfmethod
 WHERE {foreign} AND {unowned}
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_opfamily", "f.oid"))

_CLASSES = sql.SQL("""
SELECT 'operator-class', ARRAY[n.nspname, c.opcname]::text[], ' using ' || quote_ident(m.amname),
       c.tableoid, c.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'family', jsonb_build_object('name', ARRAY[fn.nspname, f.opfname]),
           'type', format_type(c.opcintype, NULL), 'default', c.opcdefault,
           'stored', CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END,
           'owner', pg_get_userbyid(c.opcowner)))
  FROM pg_opclass AS c
  JOIN pg_namespace AS n ON n.oid = c.opcnamespace
  JOIN pg_am AS m ON m.oid = c.opcmethod
  JOIN pg_opfamily AS f ON f.oid = c.opcfamily
  JOIN pg_namespace AS fn ON fn.oid = f.opfnamespace
 WHERE {foreign} AND {unowned}
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_opclass", "c.oid"))

_CASTS = sql.SQL("""
SELECT 'cast', ARRAY[]::text[],
       format('%s as %s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)),
       c.tableoid, c.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'function', nullif(c.castfunc, 0)::regprocedure::text,
           'context', CASE c.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment'
                                         ELSE 'explicit' END,
           'method', CASE c.castmethod WHEN 'f' THEN 'function' WHEN 'i' THEN 'inout' ELSE 'binary' END))
  FROM pg_cast AS c
 WHERE c.oid >= {first} AND {unowned}
   AND NOT EXISTS (SELECT FROM pg_depend AS d
                    WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i')
""").format(first=FIRST_USER_OID, unowned=unowned("pg_cast", "c.oid"))

# The catalog's columns differ between majors; its own version depends on the machine's libraries.
# A copy of a built-in collation is for every encoding, and comes back for the database's own.
_COLLATIONS = sql.SQL("""
SELECT 'collation', ARRAY[n.nspname, c.collname]::text[], '', c.tableoid, c.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'provider', c.collprovider::text, 'deterministic', c.collisdeterministic,
           'encoding', (SELECT nullif(nullif(c.collencoding, -1), d.encoding)
                          FROM pg_database AS d WHERE d.datname = current_database()),
           'collate', nullif(c.collcollate, ''), 'ctype', nullif(c.collctype, ''),
           'locale', coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale'),
           'rules', to_jsonb(c) ->> 'collicurules',
           'owner', pg_get_userbyid(c.collowner)))
  FROM pg_collation AS c
  JOIN pg_namespace AS n ON n.oid = c.collnamespace
 WHERE {foreign} AND {unowned}
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_collation", "c.oid"))

_CONVERSIONS = sql.SQL("""
SELECT 'conversion', ARRAY[n.nspname, c.conname]::text[], '', c.tableoid, c.oid, 0,
       jsonb_build_object(
           'from', pg_encoding_to_char(c.conforencoding), 'to', pg_encoding_to_char(c.contoencoding),
           'function', c.conproc::regprocedure::text, 'default', c.condefault,
           'owner', pg_get_userbyid(c.conowner))
  FROM pg_conversion AS c
  JOIN pg_namespace AS n ON n.oid = c.connamespace
 WHERE {foreign} AND {unowned}
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_conversion", "c.oid"))

QUERIES = tuple(Query(text) for text in (_OPERATORS, _FAMILIES, _CLASSES, _CASTS, _COLLATIONS, _CONVERSIONS))
