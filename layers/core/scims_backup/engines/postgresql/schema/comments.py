"""Comments and security labels, by the address of what they are about."""

from __future__ import annotations

from scims_backup.engines.postgresql.connect.connection import Connection

Address = tuple[int, int, int]

_COMMENTS = """
SELECT classoid, objoid, objsubid, description FROM pg_description
 WHERE objoid >= 16384 OR classoid IN ('pg_namespace'::regclass, 'pg_extension'::regclass)
UNION ALL
SELECT classoid, objoid, 0, description FROM pg_shdescription
"""
_LABELS = """
SELECT classoid, objoid, objsubid, array_agg(provider || ': ' || label ORDER BY provider) FROM (
    SELECT classoid, objoid, objsubid, provider, label FROM pg_seclabel
    UNION ALL
    SELECT classoid, objoid, 0, provider, label FROM pg_shseclabel) AS labels
 GROUP BY 1, 2, 3
"""


def read_comments(connection: Connection) -> dict[Address, str]:
    """Read the comments on everything in this database, and on databases and roles."""
    return {(catalog, oid, sub): text for catalog, oid, sub, text in connection.execute(_COMMENTS)}


def read_labels(connection: Connection) -> dict[Address, list[str]]:
    """Read the security labels of everything, as `provider: label`."""
    return {(catalog, oid, sub): labels for catalog, oid, sub, labels in connection.execute(_LABELS)}
