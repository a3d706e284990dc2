"""Foreign keys by anti-join: rows without the row they refer to, counted."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.checks.read_only import OF_USERS, Outcomes, looking, not_looked_at
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.rules.names import qualified

_PERIODS_SINCE = 180000

# conpfeqop is the operator that the constraint itself uses: key on the left, referring column on the right.
# A type that stands for many (anyenum, anyarray) is none to cast to.
_KEYS = """
SELECT n.nspname, t.relname, k.conname, t.relkind = 'p', rn.nspname, r.relname, r.relkind = 'p',
       k.convalidated, {period}, k.confmatchtype = 'f',
       (SELECT pg_catalog.array_agg(
                   ARRAY[a.attname, ra.attname, o.nspname, o.oprname, o.left_type, o.right_type,
                         CASE WHEN ra.attcollation <> a.attcollation THEN rcn.nspname END,
                         CASE WHEN ra.attcollation <> a.attcollation THEN rc.collname END]::text[]
                   ORDER BY c.number)
          FROM ROWS FROM (unnest(k.conkey), unnest(k.confkey), unnest(k.conpfeqop)) WITH ORDINALITY
               AS c (referring, referred, operator, number)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.referring
          JOIN pg_catalog.pg_attribute ra ON ra.attrelid = k.confrelid AND ra.attnum = c.referred
          LEFT JOIN pg_catalog.pg_collation rc ON rc.oid = ra.attcollation
          LEFT JOIN pg_catalog.pg_namespace rcn ON rcn.oid = rc.collnamespace
          JOIN (SELECT op.oid, opn.nspname, op.oprname,
                       CASE WHEN l.typtype <> 'p' THEN pg_catalog.format_type(l.oid, -1) END AS left_type,
                       CASE WHEN g.typtype <> 'p' THEN pg_catalog.format_type(g.oid, -1) END AS right_type
                  FROM pg_catalog.pg_operator op
                  JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace
                  JOIN pg_catalog.pg_type l ON l.oid = op.oprleft
                  JOIN pg_catalog.pg_type g ON g.oid = op.oprright) o ON o.oid = c.operator)
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class t ON t.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
  JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
  JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
 WHERE k.contype = 'f' AND k.conparentid = 0 AND t.relpersistence <> 't' AND {of_users}
 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True)
class Pair:
    """A referring column, the column it refers to, and how the two are compared."""

    column: str
    key: str
    operator_schema: str
    operator: str
    key_type: str | None
    column_type: str | None
    collation_schema: str | None
    collation: str | None

    def equal(self) -> sql.Composed:
        """The condition that key and column are the same to the constraint."""
        left = _typed(sql.Identifier("key", self.key), self.key_type)
        right = _typed(sql.Identifier("referring", self.column), self.column_type)
        if self.collation_schema is not None and self.collation is not None:
            right += sql.SQL(" COLLATE {}").format(sql.Identifier(self.collation_schema, self.collation))
        operator = sql.SQL("OPERATOR({}.{})").format(
            sql.Identifier(self.operator_schema), sql.SQL(self.operator)
        )
        return sql.SQL(" ").join([left, operator, right])


@dataclass(frozen=True)
class ForeignKey:
    """One constraint.

    full: MATCH FULL, where a partly empty reference counts as one.
    """

    pairs: list[Pair]
    schema: str
    table: str
    name: str
    partitioned: bool
    key_schema: str
    key_table: str
    key_partitioned: bool
    validated: bool
    period: bool
    full: bool

    def __str__(self) -> str:
        return f"foreign key {qualified(self.schema, self.table, self.name)}"

    def orphans(self) -> sql.Composed:
        """The query that counts the rows without the row they refer to."""
        present = sql.SQL(" OR " if self.full else " AND ").join(
            sql.SQL("{} IS NOT NULL").format(sql.Identifier("referring", pair.column)) for pair in self.pairs
        )
        return sql.SQL(
            "SELECT pg_catalog.count(*) FROM {referring} AS referring WHERE ({present})"
            " AND NOT EXISTS (SELECT FROM {key} AS key WHERE {equal})"
        ).format(
            referring=_table(self.schema, self.table, partitioned=self.partitioned),
            present=present,
            key=_table(self.key_schema, self.key_table, partitioned=self.key_partitioned),
            equal=sql.SQL(" AND ").join(pair.equal() for pair in self.pairs),
        )


def check(connection: Connection) -> Outcomes:
    """Look for orphans of every foreign key that its database vouches for."""
    for key in _foreign_keys(connection):
        if not key.validated:
            yield NotChecked(str(key), "it is NOT VALID: the database does not guarantee it either")
        elif key.period:
            yield NotChecked(str(key), "keys with PERIOD are not checked")
        else:
            yield from _orphans(connection, key)


def _orphans(connection: Connection, key: ForeignKey) -> Outcomes:
    try:
        with looking(connection):
            connection.execute("SET LOCAL work_mem = '64MB'")
            ((orphans,),) = connection.execute(key.orphans()).fetchall()
    except psycopg.Error as error:
        yield not_looked_at(connection, str(key), error)
        return
    if orphans:
        yield Finding("foreign-key-violated", str(key), "no orphans", f"orphans: {orphans}")


def _foreign_keys(connection: Connection) -> list[ForeignKey]:
    has_periods = connection.info.server_version >= _PERIODS_SINCE
    query = sql.SQL(_KEYS).format(
        period=sql.SQL("k.conperiod" if has_periods else "false"), of_users=sql.SQL(OF_USERS)
    )
    return [
        ForeignKey([Pair(*pair) for pair in pairs], *columns)
        for *columns, pairs in connection.execute(query).fetchall()
    ]


def _typed(column: sql.Identifier, type_name: str | None) -> sql.Composed:
    return sql.SQL("{}::{}").format(column, sql.SQL(type_name)) if type_name else sql.Composed([column])


def _table(schema: str, table: str, *, partitioned: bool) -> sql.Composed:
    """Heirs do not share their parent's key, partitions do."""
    return sql.SQL("{} {}").format(sql.SQL("" if partitioned else "ONLY"), sql.Identifier(schema, table))
