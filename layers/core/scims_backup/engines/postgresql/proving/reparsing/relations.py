"""Parse what belongs to a relation once more, on a stand-in, and print it as the proof does."""

from __future__ import annotations

from psycopg import sql

from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.proving.reparsing.stand_in import (
    StandIn,
    Text,
    fetched,
    run_one,
    verbatim,
)

_INDEXED = """
SELECT n.nspname, c.relname
  FROM pg_index AS i
  JOIN pg_class AS c ON c.oid = i.indrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_class AS x ON x.oid = i.indexrelid
 WHERE n.nspname = %s AND x.relname = %s
"""
_DESCRIBED = """
SELECT n.nspname, c.relname
  FROM pg_statistic_ext AS s
  JOIN pg_class AS c ON c.oid = s.stxrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_namespace AS sn ON sn.oid = s.stxnamespace
 WHERE sn.nspname = %s AND s.stxname = %s
"""
_COLUMN = """
SELECT format_type(a.atttypid, a.atttypmod), a.attgenerated::text
  FROM pg_attribute AS a
  JOIN pg_class AS c ON c.oid = a.attrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %s AND c.relname = %s AND a.attname = %s
"""


def constraint(connection: Connection, text: Text) -> str:
    """Print a check or exclusion constraint."""
    schema, relation, name = text.parts
    here = StandIn(connection, schema, relation)
    here.run("ALTER TABLE {} ADD CONSTRAINT {} {}", sql.Identifier(name), verbatim(text.expected))
    return here.printed(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = {} AND contype IN ('c', 'x')"
    )


def constraint_index(connection: Connection, text: Text) -> str:
    """Print the index of a constraint."""
    schema, relation, _ = text.parts
    return _on_index(StandIn(connection, schema, relation), text.expected)


def index(connection: Connection, text: Text) -> str:
    """Print an index."""
    return _on_index(StandIn(connection, *fetched(connection, _INDEXED, *text.parts)), text.expected)


def _on_index(here: StandIn, definition: str) -> str:
    head, using, tail = definition.partition(" USING ")
    only = " ON ONLY " in head
    here.define(head.replace(" ON ONLY ", " ON ", 1) + using + tail, " ON")
    printed = here.printed("SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = {}", " ON")
    return printed.replace(" ON ", " ON ONLY ", 1) if only else printed


def default(connection: Connection, text: Text) -> str:
    """Print the default of a column; it is not evaluated."""
    schema, relation, column = text.parts
    here = StandIn(connection, schema, relation)
    here.run("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}", sql.Identifier(column), verbatim(text.expected))
    return here.printed("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = {}")


def generation(connection: Connection, text: Text) -> str:
    """Print the expression of a generated column."""
    schema, relation, column = text.parts
    type_name, kind = fetched(connection, _COLUMN, *text.parts)
    here = StandIn(connection, schema, relation)
    here.run("ALTER TABLE {} DROP COLUMN {}", sql.Identifier(column))
    here.run(
        "ALTER TABLE {} ADD COLUMN {} {} GENERATED ALWAYS AS ({}) {}",
        sql.Identifier(column),
        verbatim(type_name),
        verbatim(text.expected),
        sql.SQL("VIRTUAL" if kind == "v" else "STORED"),
    )
    return here.printed("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = {}")


def policy_condition(connection: Connection, text: Text) -> str:
    """Print a condition of a policy."""
    schema, relation, _ = text.parts
    return _condition(StandIn(connection, schema, relation), text.expected)


def publication_filter(connection: Connection, text: Text) -> str:
    """Print the row filter of a published table; temporary tables cannot be published, but have policies."""
    _, schema, relation = text.parts
    return _condition(StandIn(connection, schema, relation), text.expected)


def _condition(here: StandIn, expression: str) -> str:
    here.run("CREATE POLICY again ON {} USING ({})", verbatim(expression))
    return here.printed("SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = {}")


def trigger(connection: Connection, text: Text) -> str:
    """Print a trigger."""
    schema, relation, _ = text.parts
    here = StandIn(connection, schema, relation)
    here.define(text.expected, " ON")
    return here.printed("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = {}", " ON")


def rule(connection: Connection, text: Text) -> str:
    """Print a rule."""
    schema, relation, _ = text.parts
    here = StandIn(connection, schema, relation)
    here.define(text.expected, " TO")
    return here.printed(
        "SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE ev_class = {} AND rulename <> '_RETURN'", " TO"
    )


def statistics(connection: Connection, text: Text) -> str:
    """Print extended statistics."""
    here = StandIn(connection, *fetched(connection, _DESCRIBED, *text.parts))
    head, _, body = text.expected.partition(" ON ")
    _, parenthesis, kinds = head.partition(" (")
    here.define(f"CREATE STATISTICS pg_temp.again{parenthesis}{kinds} ON {body}", " FROM")
    printed = here.printed(
        "SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxrelid = {}", " FROM"
    )
    return f"{head} ON {printed.partition(' ON ')[2]}"


def view(connection: Connection, text: Text) -> str:
    """Print the query of a view or materialized view; it is not run."""
    run_one(connection, sql.SQL("CREATE TEMPORARY VIEW again AS {}").format(verbatim(text.expected)))
    (printed,) = fetched(connection, "SELECT pg_get_viewdef('pg_temp.again'::regclass)")
    return str(printed)


def partition_key(connection: Connection, text: Text) -> str:
    """Print the key by which a table is partitioned."""
    schema, relation = text.parts
    here = StandIn(connection, schema, relation, f"PARTITION BY {text.expected}")
    return here.printed("SELECT pg_get_partkeydef({})")
