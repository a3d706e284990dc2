"""Text search: configurations, dictionaries, parsers and templates."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import FOREIGN_SCHEMAS, Query, unowned

_CONFIGURATIONS = sql.SQL("""
SELECT 'text-search-configuration', ARRAY[n.nspname, c.cfgname]::text[], '', c.tableoid, c.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'parser', jsonb_build_object('name', ARRAY[pn.nspname, p.prsname]),
           'mappings', (SELECT jsonb_agg(format('%s: %s', m.alias, m.dictionaries)) FROM (
               SELECT t.alias, string_agg(d.mapdict::regdictionary::text, ', ' ORDER BY d.mapseqno)
                          AS dictionaries
                 FROM pg_ts_config_map AS d
                 JOIN ts_token_type(c.cfgparser) AS t ON t.tokid = d.maptokentype
                WHERE d.mapcfg = c.oid
                GROUP BY t.alias) AS m),
           'owner', pg_get_userbyid(c.cfgowner)))
  FROM pg_ts_config AS c
  JOIN pg_namespace AS n ON n.oid = c.cfgnamespace
  JOIN pg_ts_parser AS p ON p.oid = c.cfgparser
  JOIN pg_namespace AS pn ON pn.oid = p.prsnamespace
 WHERE {foreign} AND {unowned}
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_ts_config", "c.oid"))

_DICTIONARIES = sql.SQL("""
SELECT 'text-search-dictionary', ARRAY[n.nspname, d.dictname]::text[], '', d.tableoid, d.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'template', jsonb_build_object('name', ARRAY[tn.nspname, t.tmplname]),
           'options', d.dictinitoption, 'owner', pg_get_userbyid(d.dictowner)))
  FROM pg_ts_dict AS d
  JOIN pg_namespace AS n ON n.oid = d.dictnamespace
  JOIN pg_ts_template AS t ON t.oid = d.dicttemplate
  JOIN pg_namespace AS tn ON tn.oid = t.tmplnamespace
 WHERE {foreign} AND {unowned}
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_ts_dict", "d.oid"))

_PARSERS = sql.SQL("""
SELECT 'text-search-parser', ARRAY[n.nspname, p.prsname]::text[], '', p.tableoid, p.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'start', p.prsstart::regprocedure::text, 'token', p.prstoken::regprocedure::text,
           'end', p.prsend::regprocedure::text, 'types', p.prslextype::regprocedure::text,
           'headline', nullif(p.prsheadline, 0)::regprocedure::text))
  FROM pg_ts_parser AS p
  JOIN pg_namespace AS n ON n.oid = p.prsnamespace
 WHERE {foreign} AND {unowned}
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_ts_parser", "p.oid"))

_TEMPLATES = sql.SQL("""
SELECT 'text-search-template', ARRAY[n.nspname, t.tmplname]::text[], '', t.tableoid, t.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'lexize', t.tmpllexize::regprocedure::text,
           'init', nullif(t.tmplinit, 0)::regprocedure::text))
  FROM pg_ts_template AS t
  JOIN pg_namespace AS n ON n.oid = t.tmplnamespace
 WHERE {foreign} AND {unowned}
""").format(foreign=FOREIGN_SCHEMAS, unowned=unowned("pg_ts_template", "t.oid"))

QUERIES = tuple(Query(text) for text in (_CONFIGURATIONS, _DICTIONARIES, _PARSERS, _TEMPLATES))
