"""The proof of large objects, read in pieces so that one of 4 TB needs no more memory than a small one."""

from __future__ import annotations

from scims_backup.adapters.postgres.connection import Connection
from scims_backup.adapters.postgres.rows import digest_text
from scims_backup.domain.proof import Level, Rows

PIECE = 1 << 20
"""Bytes read at once."""

_COUNT = "SELECT pg_catalog.count(*), NULL FROM pg_catalog.pg_largeobject_metadata"
# lo_get() with an offset, not the table pg_largeobject: only superusers may read that, and a hole in an
# object comes back from a restore as pages of zeros
_DIGEST = f"""
SELECT pg_catalog.count(DISTINCT m.oid),
       pg_catalog.sum(pg_catalog.hashtextextended(
           (pg_catalog.hash_record_extended(ROW(m.oid::bigint, piece.at, piece.data), 0))::text, 0))
FROM pg_catalog.pg_largeobject_metadata m
CROSS JOIN LATERAL (
    WITH RECURSIVE piece (at, data) AS (
        SELECT 0::bigint, pg_catalog.lo_get(m.oid, 0, {PIECE})
        UNION ALL
        SELECT at + {PIECE}, pg_catalog.lo_get(m.oid, at + {PIECE}, {PIECE})
        FROM piece WHERE pg_catalog.length(data) = {PIECE}
    )
    SELECT at, data FROM piece
) AS piece
"""  # noqa: S608


def read_large_objects(connection: Connection, level: Level) -> Rows:
    """Count the large objects, and digest their bytes at level full."""
    query = _DIGEST if level is Level.FULL else _COUNT
    count, total = connection.execute(query).fetchone() or (0, None)
    return Rows(count, digest_text(total) if level is Level.FULL else None)
