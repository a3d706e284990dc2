"""Where sequences stand, as the last value each handed out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.rules.names import qualified
from scims_backup.engines.postgresql.rules.proof import SequenceRange

_SEQUENCES = """
SELECT n.nspname, c.relname, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle,
       coalesce(pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
           AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'), true),
       c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery()
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relpersistence <> 't'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
                  AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""
_POSITION = """
SELECT {number}::int, (CASE WHEN is_called THEN last_value ELSE last_value::numeric - {increment} END)::text
FROM {name}
"""
_AT_ONCE = 100
"""Each sequence read is locked until the savepoint is left, so not all are read in one."""


@dataclass(frozen=True)
class SequenceName:
    """A sequence and how it counts.

    readable: by the backup's role
    out_of_reach: it is unlogged, and the server is a standby
    """

    schema: str
    name: str
    increment: int
    least: int
    greatest: int
    cycles: bool
    readable: bool
    out_of_reach: bool = False

    @property
    def qualified(self) -> str:
        """The name in proofs and findings."""
        return qualified(self.schema, self.name)

    def between(self, before: int, after: int) -> SequenceRange:
        """Where it can have stood from one look to the other: one that cycles, anywhere."""
        passed = (self.least, self.greatest) if self.cycles else ()
        return SequenceRange(min(before, after, *passed), max(before, after, *passed))


def list_sequences(connection: Connection) -> list[SequenceName]:
    """Every sequence in the connection's snapshot that no extension owns."""
    return [SequenceName(*row) for row in connection.execute(_SEQUENCES).fetchall()]


def read_positions(connection: Connection, sequences: Sequence[SequenceName]) -> dict[str, int]:
    """The last value that each sequence handed out: not transactional, so as of now.

    One that is out of reach has none.
    """
    sequences = [sequence for sequence in sequences if not sequence.out_of_reach]
    positions: dict[str, int] = {}
    for start in range(0, len(sequences), _AT_ONCE):
        batch = sequences[start : start + _AT_ONCE]
        with connection.transaction(force_rollback=True):
            rows = connection.execute(_batch_query(batch)).fetchall()
        positions |= {batch[number].qualified: int(position) for number, position in rows}
    return positions


def _batch_query(batch: Sequence[SequenceName]) -> sql.Composed:
    return sql.SQL(" UNION ALL ").join(
        sql.SQL(_POSITION).format(
            number=sql.Literal(number),
            increment=sql.Literal(sequence.increment),
            name=sql.Identifier(sequence.schema, sequence.name),
        )
        for number, sequence in enumerate(batch)
    )


def ranges(
    sequences: Sequence[SequenceName], before: Mapping[str, int], after: Mapping[str, int]
) -> dict[str, SequenceRange]:
    """Where each sequence stood while the dump read it: somewhere from the one to the other."""
    names = {sequence.qualified: sequence for sequence in sequences}
    return {name: names[name].between(position, after[name]) for name, position in before.items()}
