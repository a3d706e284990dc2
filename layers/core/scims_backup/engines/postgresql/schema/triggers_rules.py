"""Triggers, rules and event triggers."""

from psycopg import sql

from scims_backup.engines.postgresql.schema.entries import FOREIGN_SCHEMAS, Query, unowned

_ENABLED = sql.SQL(
    "CASE {} WHEN 'O' THEN 'origin' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' ELSE 'always' END"
)

# PostgreSQL 14 calls a trigger's copies on partitions internal.
_TRIGGERS = sql.SQL("""
SELECT 'trigger', ARRAY[n.nspname, c.relname, t.tgname]::text[], '', t.tableoid, t.oid, 0,
       jsonb_build_object('definition', pg_get_triggerdef(t.oid), 'enabled', {enabled})
  FROM pg_trigger AS t
  JOIN pg_class AS c ON c.oid = t.tgrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_constraint AS k ON k.oid = t.tgconstraint AND k.contype <> 't'
 WHERE (NOT t.tgisinternal OR t.tgparentid <> 0 AND k.oid IS NULL)
   AND c.relpersistence <> 't' AND {foreign} AND {unowned} AND {unowned_trigger}
""").format(
    enabled=_ENABLED.format(sql.SQL("t.tgenabled")),
    foreign=FOREIGN_SCHEMAS,
    unowned=unowned("pg_class", "c.oid"),
    unowned_trigger=unowned("pg_trigger", "t.oid"),
)

_RULES = sql.SQL("""
SELECT 'rule', ARRAY[n.nspname, c.relname, r.rulename]::text[], '', r.tableoid, r.oid, 0,
       jsonb_build_object('definition', pg_get_ruledef(r.oid), 'enabled', {enabled})
  FROM pg_rewrite AS r
  JOIN pg_class AS c ON c.oid = r.ev_class
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE r.rulename <> '_RETURN' AND c.relpersistence <> 't' AND {foreign} AND {unowned}
   AND r.oid::bigint %% %(parts)s = %(part)s
""").format(
    enabled=_ENABLED.format(sql.SQL("r.ev_enabled")),
    foreign=FOREIGN_SCHEMAS,
    unowned=unowned("pg_class", "c.oid"),
)

_EVENT_TRIGGERS = sql.SQL("""
SELECT 'event-trigger', ARRAY[t.evtname]::text[], '', t.tableoid, t.oid, 0,
       jsonb_strip_nulls(jsonb_build_object(
           'event', t.evtevent, 'function', t.evtfoid::regprocedure::text, 'enabled', {enabled},
           'tags', to_jsonb(t.evttags), 'owner', pg_get_userbyid(t.evtowner)))
  FROM pg_event_trigger AS t
 WHERE {unowned}
""").format(enabled=_ENABLED.format(sql.SQL("t.evtenabled")), unowned=unowned("pg_event_trigger", "t.oid"))

QUERIES = (
    Query(_TRIGGERS),
    Query(_RULES, locking="SELECT count(*) FROM pg_rewrite WHERE rulename <> '_RETURN'"),
    Query(_EVENT_TRIGGERS),
)
