"""What the backup's role may not read, said all at once and before anything has begun."""

from __future__ import annotations

from collections.abc import Iterable

from scims_backup.domain.errors import SourceAccessError
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.connect.libpq import place_of
from scims_backup.engines.postgresql.connect.postgres_errors import GRANT
from scims_backup.engines.postgresql.proving.sequences import SequenceName
from scims_backup.engines.postgresql.proving.tables import Inventory


def role_in_force(connection: Connection) -> str:
    """The role whose rights count, which need not be the one that logged in."""
    row = connection.execute("SELECT current_user").fetchone()
    return str(row[0]) if row else place_of(connection)["user"]


def refuse_unreadable(role: str, inventory: Inventory, sequences: Iterable[SequenceName]) -> None:
    """Raise SourceAccessError that names every table and sequence which the role cannot read in full."""
    tables = [table for table in inventory.tables if table.kind in "rp" and table.extension is None]
    denied = [f"table {table.qualified}" for table in tables if not table.readable]
    denied += [f"sequence {sequence.qualified}" for sequence in sequences if not sequence.readable]
    filtered = [f"table {table.qualified}" for table in tables if table.readable and table.filtered]
    problems = []
    if denied:
        problems.append(f"may not read {', '.join(denied)}")
    if filtered:
        problems.append(
            f"can see only part of the rows, because of row-level security, of {', '.join(filtered)}"
        )
    if problems:
        raise SourceAccessError(f"role {role} {' and '.join(problems)}", GRANT)
