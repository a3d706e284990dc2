"""Temporary objects of the same shape as real ones, on which a definition's text is parsed again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.rules.names import parts

_RELATION = """
SELECT c.relkind::text, format('%%s.%%s', quote_ident(n.nspname), quote_ident(c.relname)),
       quote_ident(c.relname)
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %s AND c.relname = %s
"""


@dataclass(frozen=True)
class Text:
    """One facet's text: as the source printed it, and as it was found here on the object of that name."""

    name: str
    expected: str
    found: str

    @property
    def parts(self) -> Sequence[str]:
        """The parts of the object's name."""
        return parts(self.name)


class StandIn:
    """A temporary relation of the same name and columns as a real one: a view for a view, else a table."""

    def __init__(self, connection: Connection, schema: str, name: str, options: str = "") -> None:
        self._connection = connection
        kind, self._real, self._short = fetched(connection, _RELATION, schema, name)
        self._identifier = sql.Identifier("pg_temp", name)
        real, temporary = sql.Identifier(schema, name), sql.Identifier(name)
        if kind == "v":
            create = sql.SQL("CREATE TEMPORARY VIEW {} AS SELECT * FROM {}").format(temporary, real)
        else:
            create = sql.SQL("CREATE TEMPORARY TABLE {} (LIKE {}) {}").format(
                temporary, real, verbatim(options)
            )
        run_one(connection, create)

    def run(self, statement: LiteralString, *fragments: sql.Composable) -> None:
        """Run a statement; its first `{}` is the stand-in, the others are the fragments."""
        run_one(self._connection, sql.SQL(statement).format(self._identifier, *fragments))

    def define(self, definition: str, before: str) -> None:
        """Run a whole CREATE statement, in which the real relation's name follows `before`.

        Raise psycopg.ProgrammingError if it is anything else, or about another relation.
        """
        real = f"{before} {self._real}"
        if not definition.startswith("CREATE ") or real not in definition:
            raise psycopg.ProgrammingError(f"not a definition of something of {self._real}")
        run_one(self._connection, verbatim(definition.replace(real, f"{before} pg_temp.{self._short}", 1)))

    def printed(self, query: LiteralString, before: str = "") -> str:
        """Print what was made on the stand-in, whose OID is `{}` in the query.

        before: what the relation's name follows in the text, so that the real name is put there.
        """
        name = sql.Literal(self._identifier.as_string(self._connection))
        ((text,),) = self._connection.execute(sql.SQL(query).format(sql.SQL("{}::regclass").format(name)))
        if not before:
            return str(text)
        temporary = rf"{re.escape(before)} (pg_temp(_\d+)?\.)?{re.escape(self._short)}"
        return re.sub(temporary, lambda _: f"{before} {self._real}", str(text), count=1)


def verbatim(definition: str) -> sql.SQL:
    """SQL text that a server printed."""
    return sql.SQL(definition)


def run_one(connection: Connection, statement: sql.SQL | sql.Composed) -> None:
    """Run one statement; text that holds another one behind it is refused by the extended protocol."""
    connection.execute(statement, binary=True)


def fetched(connection: Connection, query: LiteralString, *arguments: str) -> Sequence[Any]:
    """Return a query's first row. Raise psycopg.ProgrammingError if there is none."""
    row = connection.execute(query, arguments or None).fetchone()
    if row is None:
        raise psycopg.ProgrammingError(f"not found here: {'.'.join(arguments)}")
    return row
