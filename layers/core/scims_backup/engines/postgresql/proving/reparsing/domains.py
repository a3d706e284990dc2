"""Parse checks and defaults of domains once more, and print them as the proof does."""

from __future__ import annotations

from psycopg import sql

from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.proving.reparsing.stand_in import Text, fetched, run_one, verbatim

_BASE = """
SELECT format_type(t.typbasetype, t.typtypmod)
       || CASE WHEN t.typcollation <> b.typcollation THEN ' COLLATE ' || t.typcollation::regcollation::text
               ELSE '' END
  FROM pg_type AS t
  JOIN pg_namespace AS n ON n.oid = t.typnamespace
  JOIN pg_type AS b ON b.oid = t.typbasetype
 WHERE n.nspname = %s AND t.typname = %s
"""
_CHECK = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contypid = 'pg_temp.again'::regtype"
_DEFAULT = "SELECT pg_get_expr(typdefaultbin, 0) FROM pg_type WHERE oid = 'pg_temp.again'::regtype"
_NOT_VALID = " NOT VALID"


def domain_check(connection: Connection, text: Text) -> str:
    """Print a check of a domain."""
    late = _NOT_VALID if text.expected.endswith(_NOT_VALID) else ""
    _create(connection, text, f"CONSTRAINT again {text.expected.removesuffix(_NOT_VALID)}")
    (printed,) = fetched(connection, _CHECK)
    return f"{printed}{late}"


def domain_default(connection: Connection, text: Text) -> str:
    """Print the default of a domain."""
    _create(connection, text, f"DEFAULT {text.expected}")
    (printed,) = fetched(connection, _DEFAULT)
    return str(printed)


def _create(connection: Connection, text: Text, clause: str) -> None:
    schema, domain = text.parts[:2]
    (base,) = fetched(connection, _BASE, schema, domain)
    run_one(
        connection, sql.SQL("CREATE DOMAIN pg_temp.again AS {} {}").format(verbatim(base), verbatim(clause))
    )
