"""Publications and subscriptions."""

from typing import LiteralString

from psycopg import sql

from scims_backup.engines.postgresql.rules.facet_comparison import NOT_READABLE
from scims_backup.engines.postgresql.schema.entries import Query, unowned

_PUBLICATIONS = """
SELECT 'publication', ARRAY[p.pubname]::text[], '', p.tableoid, p.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'all_tables', p.puballtables,
           'operations', array_remove(ARRAY[
               CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
               CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END], NULL),
           'via_root', p.pubviaroot, {more}
           'owner', pg_get_userbyid(p.pubowner)))
  FROM pg_publication AS p
 WHERE {unowned}
"""
_SCHEMAS = sql.SQL("""
           'schemas', (SELECT jsonb_agg(jsonb_build_object('name', ARRAY[n.nspname]))
                         FROM pg_publication_namespace AS s
                         JOIN pg_namespace AS n ON n.oid = s.pnnspid
                        WHERE s.pnpubid = p.oid),""")
_GENERATED = sql.SQL("'generated_columns', nullif(p.pubgencols::text, 'n'),")
_UNOWNED = unowned("pg_publication", "p.oid")

_TABLES = """
SELECT 'publication-table', ARRAY[p.pubname, n.nspname, c.relname]::text[], '', 0::oid, 0::oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'publication', jsonb_build_object('name', ARRAY[p.pubname]),
           'table', jsonb_build_object('name', ARRAY[n.nspname, c.relname]) {more}))
  FROM pg_publication_rel AS r
  JOIN pg_publication AS p ON p.oid = r.prpubid
  JOIN pg_class AS c ON c.oid = r.prrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE {unowned}
"""
_FILTERS = sql.SQL("""
           , 'where', pg_get_expr(r.prqual, r.prrelid)
           , 'columns', (SELECT jsonb_agg(jsonb_build_object('name', ARRAY[a.attname]))
                           FROM pg_attribute AS a
                          WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs))""")

# A restored subscription is always disabled, so that is not looked at. Roles other than superusers do not
# dump subscriptions at all.
_SUBSCRIPTIONS = """
SELECT 'subscription', ARRAY[s.subname]::text[], '', 'pg_subscription'::regclass::oid, s.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'conninfo_digest', {conninfo},
           'publications', to_jsonb(s.subpublications), 'slot', s.subslotname,
           'synchronous_commit', s.subsynccommit, 'binary', s.subbinary,
           'streaming', s.substream::text {more},
           'owner', pg_get_userbyid(s.subowner)))
  FROM pg_subscription AS s
 WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_SUBSCRIPTION_15 = ", 'two_phase', s.subtwophasestate <> 'd', 'disable_on_error', s.subdisableonerr"
_SUBSCRIPTION_16 = (
    ", 'origin', s.suborigin, 'password_required', s.subpasswordrequired, 'run_as_owner', s.subrunasowner"
)
_SUBSCRIPTION_17 = ", 'failover', s.subfailover"

_READABLE = sql.SQL("encode(sha256(convert_to(s.subconninfo, getdatabaseencoding())), 'hex')")


def _publications(more: sql.SQL | sql.Composed) -> sql.Composed:
    return sql.SQL(_PUBLICATIONS).format(more=more, unowned=_UNOWNED)


def _subscriptions(more: LiteralString, since: int, before: int) -> tuple[Query, Query]:
    text, extra = sql.SQL(_SUBSCRIPTIONS), sql.SQL(more)
    hidden = text.format(conninfo=sql.Literal(NOT_READABLE), more=extra)
    return (
        Query(text.format(conninfo=_READABLE, more=extra), since, before, superuser=True),
        Query(hidden, since, before, superuser=False),
    )


QUERIES = (
    Query(_publications(sql.SQL("")), before=150000),
    Query(_publications(_SCHEMAS), since=150000, before=180000),
    Query(_publications(_SCHEMAS + _GENERATED), since=180000),
    Query(sql.SQL(_TABLES).format(more=sql.SQL(""), unowned=_UNOWNED), before=150000),
    Query(sql.SQL(_TABLES).format(more=_FILTERS, unowned=_UNOWNED), since=150000),
    *_subscriptions("", 0, 150000),
    *_subscriptions(_SUBSCRIPTION_15, 150000, 160000),
    *_subscriptions(_SUBSCRIPTION_15 + _SUBSCRIPTION_16, 160000, 170000),
    *_subscriptions(_SUBSCRIPTION_15 + _SUBSCRIPTION_16 + _SUBSCRIPTION_17, 170000, 10_000_000),
)
