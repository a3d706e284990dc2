"""Functions, procedures, window functions and aggregates."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import FOREIGN_SCHEMAS, Query, grants, unowned

# pg_get_function_sqlbody locks the relations that the body names.
_FUNCTIONS = sql.SQL("""
SELECT 'function', ARRAY[n.nspname, p.proname]::text[],
       '(' || coalesce((SELECT string_agg(format_type(u.type, NULL), ', ' ORDER BY u.place)
                          FROM unnest(p.proargtypes) WITH ORDINALITY AS u (type, place)), '') || ')',
       p.tableoid, p.oid, 0,
       jsonb_build_object('arguments', pg_get_function_arguments(p.oid))
       || jsonb_strip_nulls(jsonb_build_object(
           'kind', CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate'
                                  WHEN 'w' THEN 'window' ELSE 'function' END,
           'language', l.lanname,
           'returns', pg_get_function_result(p.oid),
           'volatility', CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable'
                                            ELSE 'volatile' END,
           'parallel', CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted'
                                          ELSE 'unsafe' END,
           'strict', p.proisstrict, 'security_definer', p.prosecdef, 'leakproof', p.proleakproof,
           'cost', p.procost::text, 'rows', nullif(p.prorows, 0)::text,
           'support', nullif(p.prosupport, 0)::regprocedure::text,
           'settings', (SELECT jsonb_agg(CASE WHEN split_part(s, '=', 1) LIKE '%%.%%'
                               THEN split_part(s, '=', 1) || ' sha256 '
                                    || encode(sha256(convert_to(s, getdatabaseencoding())), 'hex')
                               ELSE s END)
                          FROM unnest(p.proconfig) AS s),
           'transforms', (SELECT jsonb_agg(format_type(t, NULL)) FROM unnest(p.protrftypes) AS t),
           'body', CASE WHEN p.prosqlbody IS NULL AND p.prokind <> 'a' THEN p.prosrc END,
           'library', p.probin,
           'sql_body', pg_get_function_sqlbody(p.oid),
           'owner', pg_get_userbyid(p.proowner),
           'grants', {grants}))
       || coalesce((SELECT jsonb_strip_nulls(jsonb_build_object(
               'aggregate_kind', a.aggkind::text, 'direct_arguments', nullif(a.aggnumdirectargs, 0),
               'transition', a.aggtransfn::regprocedure::text,
               'transition_type', format_type(a.aggtranstype, NULL),
               'transition_space', nullif(a.aggtransspace, 0),
               'initial', a.agginitval,
               'final', nullif(a.aggfinalfn, 0)::regprocedure::text,
               'final_extra', nullif(a.aggfinalextra, false), 'final_modify', a.aggfinalmodify::text,
               'combine', nullif(a.aggcombinefn, 0)::regprocedure::text,
               'serialize', nullif(a.aggserialfn, 0)::regprocedure::text,
               'deserialize', nullif(a.aggdeserialfn, 0)::regprocedure::text,
               'moving_transition', nullif(a.aggmtransfn, 0)::regprocedure::text,
               'moving_inverse', nullif(a.aggminvtransfn, 0)::regprocedure::text,
               'moving_final', nullif(a.aggmfinalfn, 0)::regprocedure::text,
               'moving_type', CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END,
               'moving_initial', a.aggminitval,
               'sort_operator', nullif(a.aggsortop, 0)::regoperator::text))
             FROM pg_aggregate AS a WHERE a.aggfnoid = p.oid), '{{}}')
  FROM pg_proc AS p
  JOIN pg_namespace AS n ON n.oid = p.pronamespace
  JOIN pg_language AS l ON l.oid = p.prolang
 WHERE {foreign} AND {unowned} AND p.oid::bigint %% %(parts)s = %(part)s
   AND NOT EXISTS (SELECT FROM pg_depend AS d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
""").format(
    grants=grants("p.proacl", "f", "p.proowner"),
    foreign=FOREIGN_SCHEMAS,
    unowned=unowned("pg_proc", "p.oid"),
)

QUERIES = (Query(_FUNCTIONS, locking="SELECT count(*) FROM pg_proc WHERE prosqlbody IS NOT NULL"),)
