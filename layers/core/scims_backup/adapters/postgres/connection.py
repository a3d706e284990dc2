"""Connections whose settings are pinned, so that the same content always reads the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from scims_backup.adapters.postgres.address import Address
from scims_backup.adapters.postgres.failures import translating
from scims_backup.adapters.postgres.identity import refuse_other
from scims_backup.adapters.postgres.libpq import opened
from scims_backup.adapters.postgres.pooling import refuse_passing_on

Connection = psycopg.Connection[TupleRow]

LOCK_TIMEOUT_MS = 60_000
"""pg_dump and the proof wait this long for a lock at most: everybody else queues behind them."""

_PINNED = {
    "client_encoding": "UTF8",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "extra_float_digits": "3",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "standard_conforming_strings": "on",
    "xmloption": "content",
    "search_path": "",
    "quote_all_identifiers": "on",
    "row_security": "off",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": str(LOCK_TIMEOUT_MS),
    "synchronize_seqscans": "off",
    "max_parallel_workers_per_gather": "0",
}
_PINNED_SINCE = {140000: {"idle_session_timeout": "0"}, 170000: {"transaction_timeout": "0"}}


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
            if address.identity is not None:
                refuse_other(connection, address.identity)
            connection.autocommit = False
            pin(connection)
        yield connection
    finally:
        connection.close()


def pin(connection: Connection) -> None:
    """Set everything that changes how a value is written or what a query may see."""
    settings = dict(_PINNED)
    for since, more in _PINNED_SINCE.items():
        if connection.info.server_version >= since:
            settings |= more
    calls = sql.SQL(", ").join([sql.SQL("pg_catalog.set_config(%s, %s, false)")] * len(settings))
    arguments = [part for setting in settings.items() for part in setting]
    connection.execute(sql.SQL("SELECT {}").format(calls), arguments)
    connection.commit()


def _arguments(address: Address) -> dict[str, str]:
    return {"application_name": "scims-backup", **address.connect_arguments()}
