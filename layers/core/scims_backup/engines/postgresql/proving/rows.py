"""The proof of rows: how many there are, and a digest that two exchanged values do not survive."""

from __future__ import annotations

from psycopg import sql

from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.proving.tables import Unit
from scims_backup.engines.postgresql.rules.proof import Rows

# A plain sum of record hashes is linear: two rows that exchange a value leave it as it was. Hashing each
# record's hash once more mixes all its bits before the sum.
_DIGEST = sql.SQL(
    "pg_catalog.sum(pg_catalog.hashtextextended("
    "(pg_catalog.hash_record_extended(ROW({columns}), 0))::pg_catalog.text, 0))"
)
_NO_DIGEST = sql.SQL("NULL")
_ROWS = sql.SQL("SELECT pg_catalog.count(*), {digest} FROM {only}{table}")
_MODULUS = 1 << 128


def rows_query(unit: Unit, level: Level) -> sql.Composed:
    """The query that proves one unit."""
    columns = sql.SQL(", ").join(column.hashed() for column in unit.columns)
    return _ROWS.format(
        digest=_DIGEST.format(columns=columns) if level is Level.FULL else _NO_DIGEST,
        only=sql.SQL("" if unit.with_children else "ONLY "),
        table=sql.Identifier(unit.table.schema, unit.table.name),
    )


def read_rows(connection: Connection, unit: Unit, level: Level) -> Rows:
    """Count a unit's rows, and digest them at level full."""
    count, total = connection.execute(rows_query(unit, level)).fetchone() or (0, None)
    return Rows(count, digest_text(total) if level is Level.FULL else None)


def digest_text(total: object) -> str:
    """A sum of hashes as 32 hexadecimal digits; no rows sum to zero."""
    return f"{int(str(total or 0)) % _MODULUS:032x}"
