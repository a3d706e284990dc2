"""Opening connections: nothing but their parameters decides where they lead."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import TupleRow

from scims_backup.engines.postgresql.connect.libpq_environment import undisturbed

_UNCONVERTED = {"client_encoding": "SQL_ASCII"}
"""What every database takes when a session begins, and psycopg has a codec for."""
_AS_BYTES = ("utf-8", "surrogateescape")


def opened(**arguments: str) -> psycopg.Connection[TupleRow]:
    """Connect, with autocommit. arguments: all of libpq's parameters. Raise psycopg.Error if that fails."""
    given: dict[str, Any] = arguments
    with undisturbed():
        connection = psycopg.connect(autocommit=True, **given)
        if _has_codec(connection):
            return connection
        connection.close()
        return psycopg.connect(autocommit=True, **{**given, **_UNCONVERTED})


def _has_codec(connection: psycopg.Connection[Any]) -> bool:
    """Say whether psycopg can write a query in the encoding that the session begins with."""
    try:
        return bool(connection.info.encoding)
    except psycopg.NotSupportedError:  # EUC_TW, MULE_INTERNAL
        return False


def place_of(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Say where a connection leads, and as whom: as libpq's parameters.

    psycopg's `info` reads them by the client's encoding, and fails for names where that is none.
    """
    wire = connection.pgconn
    found = {
        "host": wire.host,
        "hostaddr": wire.hostaddr,
        "port": wire.port,
        "dbname": wire.db,
        "user": wire.user,
    }
    return {name: value.decode(*_AS_BYTES) for name, value in found.items()}
