"""The deployment's own expectations: queries with one answer each."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from scims_backup.domain.expectations import Expectation, text_of
from scims_backup.domain.verdict import Finding
from scims_backup.engines.postgresql.checks.read_only import Outcomes, looking, not_looked_at
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.connect.postgres_errors import reason
from scims_backup.engines.postgresql.rules.names import quoted

_KIND = "expectation-not-met"
_TIMEOUT = "300s"
_LONGEST_ANSWER = 200
"""Characters of an answer that are reported."""


def check(connection: Connection, expectations: Sequence[Expectation]) -> Outcomes:
    """Ask every query and hold its answer against its condition; no answer is a finding too."""
    for expectation in expectations:
        what = f"expectation {quoted(expectation.name)}"
        try:
            rows = _asked(connection, expectation.query)
        except psycopg.Error as error:
            not_looked_at(connection, what, error)
            yield Finding(_KIND, what, expectation.condition, f"the query failed: {reason(error)}")
            continue
        if len(rows) != 1 or len(rows[0]) != 1:
            yield Finding(_KIND, what, expectation.condition, _shape(rows))
        elif not expectation.met_by(rows[0][0]):
            yield Finding(_KIND, what, expectation.condition, text_of(rows[0][0])[:_LONGEST_ANSWER])


def _asked(connection: Connection, query: str) -> list[tuple[object, ...]]:
    """Ask with the database's own search path, as psql would; prepared, a query cannot hide a second."""
    with looking(connection):
        connection.execute("SET LOCAL search_path TO DEFAULT")
        connection.execute(f"SET LOCAL statement_timeout = '{_TIMEOUT}'".encode())
        answer = connection.execute(query.encode(), prepare=True)
        return answer.fetchmany(2) if answer.description else []


def _shape(rows: list[tuple[object, ...]]) -> str:
    if not rows:
        return "no answer"
    return f"{len(rows[0])} columns" if len(rows[0]) != 1 else "more than one row"
