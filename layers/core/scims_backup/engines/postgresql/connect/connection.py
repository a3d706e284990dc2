"""Connections whose settings are pinned, so that the same content always reads the same."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.encodings import speak
from scims_backup.engines.postgresql.connect.identity import refuse_other
from scims_backup.engines.postgresql.connect.libpq import opened
from scims_backup.engines.postgresql.connect.pooling import refuse_passing_on
from scims_backup.engines.postgresql.connect.postgres_errors import translating
from scims_backup.engines.postgresql.connect.session_settings import LOGIN, READING, Pin

Connection = psycopg.Connection[TupleRow]

LOCK_TIMEOUT_MS = 60_000
"""pg_dump and the proof wait this long for a lock at most: everybody else queues behind them."""

_GRANTS_SINCE = 150000
_GRANTED = "pg_catalog.has_parameter_privilege(s.name, 'SET')"
# asked while search_path is still the database's: not even an operator is named without its schema
_SETTABLE = """
SELECT pg_catalog.lower(s.name) FROM pg_catalog.pg_settings AS s
 WHERE (s.context OPERATOR(pg_catalog.=) 'user' OR %s OR {granted})
   AND pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) ANY (%s)
"""
_PINNED = {
    **READING,
    "lock_timeout": Pin(str(LOCK_TIMEOUT_MS), "a waiting session blocks every session behind it"),
}


@contextmanager
def connected(address: Address) -> Iterator[Connection]:
    """Open a pinned connection and close it at the end.

    Settings are made by SET after connecting, since pgbouncer refuses libpq's `options`.
    Raise SourceError if there is no connection, or it leads to a pooler that would pass the settings on,
    OtherServerError if it leads elsewhere, UsageError if a variable would lead it elsewhere.
    """
    address = address.completed(os.environ)
    with translating(f"connecting to {address}"):
        connection = opened(**_arguments(address))
    try:
        with translating(f"preparing the session on {address}"):
            refuse_passing_on(connection, address)
            speak(connection)
            if address.identity is not None:
                refuse_other(connection, address.identity)
            connection.autocommit = False
            pin(connection)
        yield connection
    finally:
        connection.close()


def pin(connection: Connection) -> None:
    """Set everything that changes how a value is written or what a query may see."""
    put(connection, _PINNED)
    connection.commit()


def put(connection: psycopg.Connection[Any], pins: Mapping[str, Pin]) -> None:
    """Give a session the values of pins, as far as the server knows them and the role may set them."""
    _set(connection, {name: pin.value for name, pin in LOGIN.items()})
    _set(connection, {name: pins[name].value for name in settable(connection, pins)})


def settable(connection: psycopg.Connection[Any], names: Iterable[str]) -> list[str]:
    """Those of our settings that this server knows and this role may set."""
    granted = connection.info.server_version >= _GRANTS_SINCE
    query = sql.SQL(_SETTABLE).format(granted=sql.SQL(_GRANTED if granted else "false"))
    superuser = connection.info.parameter_status("is_superuser") == "on"
    return [name for (name,) in connection.execute(query, [superuser, list(names)])]


def _set(connection: psycopg.Connection[Any], settings: Mapping[str, str]) -> None:
    calls = sql.SQL(", ").join([sql.SQL("pg_catalog.set_config(%s, %s, false)")] * len(settings))
    connection.execute(sql.SQL("SELECT {}").format(calls), [part for one in settings.items() for part in one])


def _arguments(address: Address) -> dict[str, str]:
    return {"application_name": "scims-backup", **address.connect_arguments()}
