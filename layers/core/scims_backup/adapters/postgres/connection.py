"""Connections whose settings are pinned, so that the same content always reads the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from scims_backup.adapters.postgres.address import Address
from scims_backup.adapters.postgres.failures import translating

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
def connected(address: Address, **parameters: str) -> Iterator[Connection]:
    """Open a pinned connection and close it at the end; parameters replace those of the address.

    Settings are made by SET after connecting, since pgbouncer refuses libpq's `options`.
    Raise SourceError if there is no connection.
    """
    with translating(f"connecting to {address.with_parameters(**parameters)}"):
        connection = psycopg.connect(**_arguments(address.with_parameters(**parameters)))
    try:
        with translating(f"preparing the session on {address}"):
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


def _arguments(address: Address) -> dict[str, Any]:
    return {"application_name": "scims-backup", **address.connect_arguments()}
