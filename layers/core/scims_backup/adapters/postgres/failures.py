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

_ROW_VALUES = re.compile(
    r"^\s*(\S+: )?(DETAIL|CONTEXT|HINT|STATEMENT|QUERY|LINE \d+|Command was):", re.IGNORECASE
)
_NEW_MESSAGE = re.compile(r"^\s*(\S+: )?(error|warning|ERROR|FATAL|PANIC|WARNING|NOTICE|LOG):? ")
_LOGIN = (errors.InvalidPassword, errors.InvalidAuthorizationSpecification)
_LOGIN_TEXTS = ("password authentication failed", "no password supplied")
_BUSY = (errors.LockNotAvailable, errors.QueryCanceled, errors.SerializationFailure, errors.DeadlockDetected)
_CHANGED = (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedObject, errors.UndefinedFunction)

GRANT = "grant the backup role pg_read_all_data, and BYPASSRLS if row-level security is in use"
PASSWORD = "give the password by PGPASSFILE, PGPASSWORD or a secret in the settings"  # noqa: S105
AGAIN = "the schema changed meanwhile: take the backup when no migration runs"
LATER = "try again when no migration runs, or allow more time for locks"
REACH = "check host, port, database name, TLS settings, and that the server runs"


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
    if isinstance(error, errors.InsufficientPrivilege):
        return SourceAccessError(text, GRANT)
    if isinstance(error, _LOGIN) or any(phrase in str(error) for phrase in _LOGIN_TEXTS):
        return SourceAccessError(text, PASSWORD)
    if isinstance(error, _CHANGED):
        return SourceChangedError(text, AGAIN)
    if isinstance(error, _BUSY):
        return SourceBusyError(text, LATER)
    if isinstance(error, psycopg.OperationalError):
        return SourceUnreachableError(text, REACH)
    return SourceError(text)


def reason(error: psycopg.Error) -> str:
    """The server's primary message, or libpq's text, without row values."""
    primary = error.diag.message_primary
    return primary or scrubbed(str(error)).replace("\n", " ") or type(error).__name__


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
