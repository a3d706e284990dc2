"""Noticing names that changed under a held snapshot: columns and enum labels are written by today's names.

The snapshot's catalogs say how columns and labels were called; COPY and the proof's queries meet them as they
are called now. Two columns that exchanged their names would exchange their values, silently.
"""

from __future__ import annotations

from collections.abc import Sequence

from scims_backup.domain.errors import SourceChangedError
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.rules.names import qualified

_NAMES = """
SELECT a.attrelid::bigint, a.attnum::bigint, 'column', ARRAY[n.nspname, c.relname, a.attname]::text[]
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT e.enumtypid::bigint, e.oid::bigint, 'label', ARRAY[n.nspname, t.typname, e.enumlabel]::text[]
FROM pg_catalog.pg_enum e
JOIN pg_catalog.pg_type t ON t.oid = e.enumtypid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
"""


def refuse_renamed(held: Connection, now: Connection, tables: Sequence[int]) -> None:
    """Raise SourceChangedError that names each column and enum label whose name has changed since.

    What no longer exists was not renamed.

    held: sees the snapshot.
    now: sees the present.
    tables: OIDs.
    """
    before, present = _names(held, tables), _names(now, tables)
    renamed = [
        f"{kind} {qualified(*name)}"
        for key, (kind, name) in before.items()
        if key in present and present[key][1][-1] != name[-1]
    ]
    if renamed:
        raise SourceChangedError(
            f"renamed while the dump ran: {', '.join(renamed)}",
            "take the backup when no migration is running",
        )


def _names(
    connection: Connection, tables: Sequence[int]
) -> dict[tuple[int, int], tuple[str, tuple[str, ...]]]:
    rows = connection.execute(_NAMES, [list(tables)]).fetchall()
    return {(of, number): (kind, tuple(name)) for of, number, kind, name in rows}
