"""Sequences against the columns they feed: the next value must not be one that is there already."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.checks.read_only import OF_USERS, Outcomes, looking, not_looked_at
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.rules.names import qualified

# A sequence belongs to a column that owns it, or whose default takes its value from it alone.
_FED = """
WITH fed AS (
    SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS column_number
      FROM pg_catalog.pg_depend d
     WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
       AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
     UNION
    SELECT d.refobjid, f.adrelid, f.adnum
      FROM pg_catalog.pg_depend d
      JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
     WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
       AND pg_catalog.pg_get_expr(f.adbin, f.adrelid) ~ '^"?nextval"?\\(''.*''::"?regclass"?\\)$'
)
SELECT sn.nspname, sc.relname, n.nspname, c.relname, a.attname, c.relkind = 'p',
       s.seqincrement, s.seqmin, s.seqmax, s.seqcycle
  FROM fed
  JOIN pg_catalog.pg_sequence s ON s.seqrelid = fed.sequence
  JOIN pg_catalog.pg_class sc ON sc.oid = s.seqrelid
  JOIN pg_catalog.pg_namespace sn ON sn.oid = sc.relnamespace
  JOIN pg_catalog.pg_class c ON c.oid = fed.relation AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = fed.column_number
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
 WHERE c.relpersistence <> 't' AND {of_users}
   AND COALESCE(NULLIF(t.typbasetype, 0), t.oid)
       = ANY ('{{pg_catalog.int2, pg_catalog.int4, pg_catalog.int8, pg_catalog.numeric}}'::regtype[])
 ORDER BY 1, 2, 3, 4, 5
"""

# Values that the sequence never hands out cannot meet it: those outside its range, or between its steps.
# Its own position is read last: it is not part of any snapshot and may move on meanwhile.
_FURTHEST = """
SELECT s.last_value, s.is_called,
       (SELECT {furthest}({column}) FROM {only}{table}
         WHERE {column} BETWEEN {least} AND {greatest} {on_a_step})
  FROM {sequence} AS s
"""
_ON_A_STEP = " AND pg_catalog.mod({column}::numeric - s.last_value, {increment}) = 0"


@dataclass(frozen=True)
class Fed:
    """A column and the sequence that feeds it."""

    schema: str
    name: str
    table_schema: str
    table: str
    column: str
    partitioned: bool
    increment: int
    least: int
    greatest: int
    cycles: bool

    def __str__(self) -> str:
        return f"sequence {qualified(self.schema, self.name)}"

    def query(self) -> sql.Composed:
        """The query for the sequence's position and the furthest value in the column."""
        column = sql.Identifier(self.column)
        step = sql.SQL(_ON_A_STEP).format(column=column, increment=sql.Literal(self.increment))
        return sql.SQL(_FURTHEST).format(
            furthest=sql.SQL("pg_catalog.max" if self.increment > 0 else "pg_catalog.min"),
            column=column,
            # an inheriting table's column has a default of its own, or none: identity is not inherited
            only=sql.SQL("" if self.partitioned else "ONLY "),
            table=sql.Identifier(self.table_schema, self.table),
            least=sql.Literal(self.least),
            greatest=sql.Literal(self.greatest),
            on_a_step=step if abs(self.increment) > 1 else sql.SQL(""),
            sequence=sql.Identifier(self.schema, self.name),
        )

    def is_behind(self, last_value: int, furthest: int, *, is_called: bool) -> bool:
        """Say whether a value that is there is still to be handed out."""
        handed_out = last_value if is_called else last_value - self.increment
        return handed_out < furthest if self.increment > 0 else handed_out > furthest


def check(connection: Connection) -> Outcomes:
    """Look whether any sequence would hand out a value that its column has already."""
    for fed in _fed(connection):
        if fed.cycles:
            yield NotChecked(str(fed), "it cycles, so any value is valid")
        else:
            yield from _position(connection, fed)


def _position(connection: Connection, fed: Fed) -> Outcomes:
    try:
        with looking(connection):
            ((last_value, is_called, furthest),) = connection.execute(fed.query()).fetchall()
    except psycopg.Error as error:
        yield not_looked_at(connection, str(fed), error)
        return
    if furthest is not None and fed.is_behind(last_value, furthest, is_called=is_called):
        column = qualified(fed.table_schema, fed.table, fed.column)
        yield Finding(
            "sequence-behind",
            str(fed),
            f"not behind column {column}, which is at {furthest}",
            str(last_value),
        )


def _fed(connection: Connection) -> list[Fed]:
    query = sql.SQL(_FED).format(of_users=sql.SQL(OF_USERS))
    return [Fed(*row) for row in connection.execute(query).fetchall()]
