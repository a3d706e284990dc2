"""pg_dump as a stream: it ends normally only if the program succeeded."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence

from scims_backup.adapters.processes.watched import Child
from scims_backup.domain.errors import (
    DumpFailedError,
    SourceAccessError,
    SourceBusyError,
    SourceChangedError,
    SourceError,
    SourcePooledError,
    SourceUnreachableError,
    ToolMissingError,
)
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.connection import LOCK_TIMEOUT_MS
from scims_backup.engines.postgresql.connect.postgres_errors import (
    AGAIN,
    CONFLICT,
    DIRECTLY,
    FEEDBACK,
    GRANT,
    LATER,
    PASSWORD,
    POOLER_TEXT,
    REACH,
    ROOM,
    SMALLER,
    TOO_LARGE,
    TOO_MANY_CONNECTIONS,
    scrubbed,
)
from scims_backup.engines.postgresql.dumping.dump_session import DumpSession
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms

_MEANINGS: Sequence[tuple[str, type[SourceError], str]] = (
    (POOLER_TEXT, SourcePooledError, DIRECTLY),
    (r"permission denied|row-level security policy", SourceAccessError, GRANT),
    (r"password authentication failed|no password supplied", SourceAccessError, PASSWORD),
    (CONFLICT, SourceBusyError, FEEDBACK),
    (r"lock timeout|deadlock|statement timeout", SourceBusyError, LATER),
    *((pattern, SourceBusyError, cure) for pattern, cure in TOO_MANY_CONNECTIONS.items()),
    (r"out of shared memory", SourceBusyError, ROOM),
    (r"does not exist|cache lookup failed|could not open relation|could not find", SourceChangedError, AGAIN),
    (r"invalid snapshot identifier", SourceUnreachableError, "the session that held the snapshot has ended"),
    (
        r"server closed the connection|terminating connection|connection to server|SSL",
        SourceUnreachableError,
        REACH,
    ),
)


def dumped(programs: ClientPrograms, session: DumpSession, snapshot_id: str) -> Generator[bytes]:
    """Run pg_dump at an exported snapshot and yield the archive. Raise SourceError if it fails.

    The archive is not compressed: the vault does that better, and finds what it knows already.
    """
    address = session.address
    command = [
        programs.program("pg_dump"),
        "--format=custom",
        "--compress=0",
        f"--snapshot={snapshot_id}",
        f"--encoding={session.encoding}",
        f"--lock-wait-timeout={LOCK_TIMEOUT_MS}",
        "--no-password",
        "--no-tablespaces",  # CREATE DATABASE would name one, which pg_restore cannot leave out
        f"--dbname={address.dsn()}",
    ]
    with _started(command, {**programs.environment(), **address.environment()}) as child:
        while chunk := child.read():
            yield chunk
        status = child.wait()
    if status != 0:
        raise _failure(status, child.errors(), address)


def _started(command: Sequence[str], environment: Mapping[str, str]) -> Child:
    try:
        return Child(command, environment)
    except OSError as error:
        raise ToolMissingError(
            f"{command[0]} cannot be started: {error.strerror}",
            "install the PostgreSQL client programs of the server's major version",
        ) from error


def _failure(status: int, messages: str, address: Address) -> SourceError:
    text = scrubbed(messages).replace("\n", " ")
    how = f"was killed by signal {-status}" if status < 0 else f"failed with exit code {status}"
    message = f"pg_dump of {address} {how}: {text}" if text else f"pg_dump of {address} {how}"
    if re.search(TOO_LARGE, messages):  # which may stand in a DETAIL
        return DumpFailedError(message, SMALLER)
    for pattern, error, cure in _MEANINGS:
        if re.search(pattern, text):
            return error(message, cure)
    return DumpFailedError(message)
