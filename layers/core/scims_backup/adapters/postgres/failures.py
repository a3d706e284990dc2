"""PostgreSQL's failures as domain errors, without the row values that error texts can carry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from scims_backup.domain.errors import (
    SourceAccessError,
    SourceBusyError,
    SourceChangedError,
    SourceError,
    SourceUnreachableError,
)

_ROW_VALUES = re.compile(r"^\s*(DETAIL|CONTEXT|HINT|STATEMENT|QUERY|LINE \d+|Command was):", re.IGNORECASE)
_NEW_MESSAGE = re.compile(r"^\s*(\S+: )?(error|warning|ERROR|FATAL|PANIC|WARNING|NOTICE|LOG|detail):? ")
_UNREADABLE = (errors.InsufficientPrivilege, errors.InvalidPassword, errors.InvalidAuthorizationSpecification)
_BUSY = (errors.LockNotAvailable, errors.QueryCanceled, errors.SerializationFailure, errors.DeadlockDetected)
_CHANGED = (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedObject, errors.UndefinedFunction)
_GRANT = "grant the backup role pg_read_all_data, and BYPASSRLS if row-level security is in use"


def scrubbed(text: str) -> str:
    """Drop the DETAIL, CONTEXT and similar parts of a server's or client program's messages."""
    kept: list[str] = []
    dropping = False
    for line in text.splitlines():
        if _ROW_VALUES.match(line):
            dropping = True
        elif not dropping or _NEW_MESSAGE.match(line):
            dropping = False
            kept.append(line.rstrip())
    return "\n".join(line for line in kept if line)


def translated(error: psycopg.Error, doing: str) -> SourceError:
    """Return the domain error for a failure of the driver.

    doing: what was tried and on which thing, e.g. `reading table public.users of scims-db`.
    """
    text = f"{doing}: {reason(error)}"
    if isinstance(error, _UNREADABLE) or _says(
        error, "password authentication failed", "no password supplied"
    ):
        return SourceAccessError(
            text, _GRANT if isinstance(error, errors.InsufficientPrivilege) else _PASSWORD
        )
    if isinstance(error, _CHANGED):
        return SourceChangedError(text, "the schema changed meanwhile; try again")
    if isinstance(error, _BUSY):
        return SourceBusyError(text, "try again when no migration runs, or allow more time for locks")
    if isinstance(error, psycopg.OperationalError):
        return SourceUnreachableError(
            text, "check host, port, database name, TLS settings and that the server runs"
        )
    return SourceError(text)


_PASSWORD = "give the password by PGPASSFILE, PGPASSWORD or a secret in the settings"  # noqa: S105


def reason(error: psycopg.Error) -> str:
    """The server's primary message, or libpq's text, without row values."""
    primary = error.diag.message_primary
    return primary or scrubbed(str(error)).replace("\n", " ") or type(error).__name__


def _says(error: psycopg.Error, *phrases: str) -> bool:
    return any(phrase in str(error) for phrase in phrases)


@contextmanager
def translating(doing: str) -> Iterator[None]:
    """Turn the driver's failures inside into domain errors that say what was being done."""
    try:
        yield
    except psycopg.Error as error:
        raise translated(error, doing) from None


def first_line(text: str) -> str:
    """The first line of a scrubbed message, for one-line reports."""
    return next(iter(scrubbed(text).splitlines()), "no message")
