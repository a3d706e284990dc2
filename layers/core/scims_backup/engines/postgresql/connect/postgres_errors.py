"""PostgreSQL's failures as domain errors, without the row values that error texts can carry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import errors

from scims_backup.domain.errors import (
    SourceAccessError,
    SourceBusyError,
    SourceChangedError,
    SourceError,
    SourcePooledError,
    SourceUnreachableError,
)

_ROW_VALUES = re.compile(
    r"^\s*(\S+: )?(DETAIL|CONTEXT|HINT|STATEMENT|QUERY|LINE \d+|Command was):(?! Error message from server:)",
    re.IGNORECASE,
)
_NEW_MESSAGE = re.compile(r"pg_\w+: (error|warning|info|hint): ")
"""Only a client program's own prefix ends a DETAIL: a row's text may look like a server's message."""
_VALUE_TO_THE_END = re.compile(r'((?:invalid input|malformed|out of range)[^:"]*): ".*')
_VALUE_WITHIN = re.compile(r'\bvalue "[^"]*("(?= is out of range)|$)')

POOLER_TEXT = "unsupported startup parameter"
"""What pgbouncer says of `options`; a server knows all of them."""

GRANT = "grant the backup role pg_read_all_data, and BYPASSRLS if row-level security is in use"
PASSWORD = "provide the password in PGPASSFILE, PGPASSWORD or a secret in the settings"  # noqa: S105
AGAIN = "the schema changed during the dump: take the backup when no migration is running"
LATER = "try again when no migration is running, or allow more time for locks"
ROOM = "the server is out of space: raise max_locks_per_transaction, or free disk space"
ENCODING = (
    "a name, comment or default in the catalog contains a character that is not in Unicode: change it in the "
    "source (the message shows its bytes)"
)
DIRECTLY = "use the address of the server itself (its own port, often 5432) to bypass the pooler"
REACH = "check host, port, database name and TLS settings, and that the server is running"

CONNECTIONS = 6
"""At once: who holds the snapshot, two that prove rows, large objects, pg_dump, and a look at the present."""
_AT_ONCE = f"a backup opens up to {CONNECTIONS} connections at once"
_FEWER = f"raise max_connections, or have fewer clients connect at that time: {_AT_ONCE}"
TOO_MANY_CONNECTIONS = {
    r"too many connections for role": f"raise it with ALTER ROLE … CONNECTION LIMIT: {_AT_ONCE}",
    r"too many connections for database": f"raise it with ALTER DATABASE … CONNECTION LIMIT: {_AT_ONCE}",
    r"too many clients|remaining connection slots|too many connections": _FEWER,
}
"""What the server says where there is no connection left, and what helps."""

CONFLICT = "conflict with recovery"
FEEDBACK = (
    "a standby cancels queries that conflict with replay: set hot_standby_feedback = on there, or raise "
    "max_standby_streaming_delay above the duration of a backup, or back up from the primary"
)
TOO_LARGE = r"invalid memory alloc request size|[Cc]annot enlarge string buffer|string buffer exceeds"
"""What the server says where a row has more than 1 GB as a text (or its parts do)."""
SMALLER = (
    "the table contains a row that PostgreSQL cannot output: over 1 GB as text, which a bytea of 512 MB "
    "already is. Store it in pieces or as a large object; `doctor` lists these tables"
)

_BY_WORDS: Sequence[tuple[str, type[SourceError], str]] = (
    # while one connects, libpq passes on the server's words, and no code
    (r"password authentication failed|no password supplied", SourceAccessError, PASSWORD),
    *((pattern, SourceBusyError, cure) for pattern, cure in TOO_MANY_CONNECTIONS.items()),
    (CONFLICT, SourceBusyError, FEEDBACK),
    (TOO_LARGE, SourceError, SMALLER),
    (POOLER_TEXT, SourcePooledError, f"a connection pooler refuses it: {DIRECTLY}"),
)
_MEANINGS: Sequence[tuple[Sequence[type[psycopg.Error]], type[SourceError], str]] = (
    ((errors.InsufficientPrivilege,), SourceAccessError, GRANT),
    ((errors.InvalidPassword, errors.InvalidAuthorizationSpecification), SourceAccessError, PASSWORD),
    (
        (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedObject, errors.UndefinedFunction),
        SourceChangedError,
        AGAIN,
    ),
    (
        (errors.LockNotAvailable, errors.QueryCanceled, errors.SerializationFailure, errors.DeadlockDetected),
        SourceBusyError,
        LATER,
    ),
    ((errors.TooManyConnections,), SourceBusyError, _FEWER),
    (
        (errors.OutOfMemory, errors.DiskFull, errors.ConfigurationLimitExceeded),
        SourceBusyError,
        ROOM,
    ),
    ((errors.UntranslatableCharacter, errors.CharacterNotInRepertoire), SourceError, ENCODING),
    ((psycopg.OperationalError,), SourceUnreachableError, REACH),
)


def scrubbed(text: str) -> str:
    """Drop whatever can carry row values from a server's or client program's messages.

    That is DETAIL, CONTEXT and the like, and the values that some messages quote themselves.
    """
    kept: list[str] = []
    dropping = False
    for line in text.splitlines():
        if _ROW_VALUES.match(line):
            dropping = True
        elif not dropping or _NEW_MESSAGE.match(line):
            # a value may go on in the next line
            without_value, values = _VALUE_TO_THE_END.subn(r"\1", line)
            dropping = values > 0
            kept.append(_VALUE_WITHIN.sub("a value", without_value).rstrip())
    return "\n".join(line for line in kept if line)


def translated(error: psycopg.Error, doing: str) -> SourceError:
    """Return the domain error for a failure of the driver.

    doing: what was tried and on which thing, e.g. `reading table public.users of scims-db`.
    """
    text = f"{doing}: {reason(error)}"
    said = f"{error} {error.diag.message_detail}"
    for pattern, meaning, cure in _BY_WORDS:
        if re.search(pattern, said):
            return meaning(text, cure)
    for kinds, meaning, cure in _MEANINGS:
        if isinstance(error, tuple(kinds)):
            return meaning(text, cure)
    return SourceError(text)


def reason(error: psycopg.Error) -> str:
    """The server's primary message, or libpq's text, without row values."""
    text = error.diag.message_primary or str(error)
    return scrubbed(text).replace("\n", " ") or type(error).__name__


@contextmanager
def translating(doing: str) -> Iterator[None]:
    """Turn the driver's failures inside into domain errors that say what was being done."""
    try:
        yield
    except psycopg.Error as error:
        raise translated(error, doing) from None
