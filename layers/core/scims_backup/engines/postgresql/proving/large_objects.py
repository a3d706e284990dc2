"""The proof of large objects, read in pieces so that one of 4 TB needs no more memory than a small one."""

from __future__ import annotations

from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.proving.rows import digest_text
from scims_backup.engines.postgresql.rules.proof import Rows

PIECE = 1 << 20
"""Bytes read at once."""

_COUNT = "SELECT pg_catalog.count(*), NULL FROM pg_catalog.pg_largeobject_metadata"
_READING = 0x40000
"""Mode of lo_open (INV_READ in libpq/libpq-fs.h)."""
# lo_get() with an offset, not the table pg_largeobject: only superusers may read that, and a hole in an
# object comes back from a restore as pages of zeros. The size is asked first, so that the pieces are a list
# of numbers: a recursive query would write every object whole into the server's temporary files.
_DIGEST = f"""
SELECT pg_catalog.count(DISTINCT m.oid),
       pg_catalog.sum(pg_catalog.hashtextextended((pg_catalog.hash_record_extended(
           ROW(m.oid::bigint, piece.at, pg_catalog.lo_get(m.oid, piece.at, {PIECE})), 0))::text, 0))
FROM pg_catalog.pg_largeobject_metadata m
CROSS JOIN LATERAL (
    SELECT pg_catalog.lo_lseek64(opened.fd, 0, 2) AS bytes, pg_catalog.lo_close(opened.fd) AS nothing
    FROM pg_catalog.lo_open(m.oid, {_READING}) AS opened (fd)
    OFFSET 0
) AS size
CROSS JOIN LATERAL pg_catalog.generate_series(0::bigint, bytes + nothing, {PIECE}::bigint) AS piece (at)
"""  # noqa: S608

# by hand: the function has_largeobject_privilege is new in 18
_UNREADABLE = """
SELECT pg_catalog.count(*), pg_catalog.array_agg(m.oid::bigint ORDER BY m.oid) FILTER (WHERE NOT (
           pg_catalog.current_setting('lo_compat_privileges')::boolean
           OR pg_catalog.pg_has_role(m.lomowner, 'USAGE')
           OR EXISTS (SELECT FROM pg_catalog.aclexplode(m.lomacl) AS g
                      WHERE g.privilege_type = 'SELECT'
                        AND (g.grantee = 0 OR pg_catalog.pg_has_role(g.grantee, 'USAGE')))))
FROM pg_catalog.pg_largeobject_metadata m
"""


def list_unreadable(connection: Connection) -> tuple[int, list[int]]:
    """Return how many large objects there are, and the OIDs of those that the role may not read."""
    count, unreadable = connection.execute(_UNREADABLE).fetchone() or (0, None)
    return count, unreadable or []


def read_large_objects(connection: Connection, level: Level) -> Rows:
    """Count the large objects, and digest their bytes at level full."""
    query = _DIGEST if level is Level.FULL else _COUNT
    count, total = connection.execute(query).fetchone() or (0, None)
    return Rows(count, digest_text(total) if level is Level.FULL else None)
