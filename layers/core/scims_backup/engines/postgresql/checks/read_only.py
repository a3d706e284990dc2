"""One check in its own transaction, so that nothing stays locked and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.connect.postgres_errors import reason, translated

Outcomes = Iterator[Finding | NotChecked]

_COULD_NOT_LOOK = (errors.DiskFull, errors.OutOfMemory, errors.QueryCanceled)

OF_USERS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
"""SQL: the namespace n is not the system's own."""


@contextmanager
def looking(connection: Connection) -> Iterator[None]:
    """A read-only transaction; several cores may work in it."""
    with connection.transaction():
        connection.execute("SET TRANSACTION READ ONLY")
        yield


def not_looked_at(connection: Connection, what: str, error: psycopg.Error) -> NotChecked:
    """What could not be checked, and why.

    Raise SourceError if the server could not check at all: the connection is gone, there is no room,
    or the time ran out.
    """
    if connection.broken or connection.closed or isinstance(error, _COULD_NOT_LOOK):
        raise translated(error, f"checking {what}") from None
    return NotChecked(what, reason(error))
