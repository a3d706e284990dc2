"""Telling whether a connection leads to a pooler, and refusing one that would pass on what a session has set.

A pooler answers the start of a session itself, with a key of its own, so that the process id that libpq was
told is not the one of the server process. In transaction mode another client gets our server connection
between two transactions, settings and all; pg_dump itself sets search_path outside of a transaction.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import psycopg
from psycopg import errors
from psycopg.rows import TupleRow

from scims_backup.domain.errors import SourcePooledError
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.libpq import opened
from scims_backup.engines.postgresql.connect.postgres_errors import DIRECTLY
from scims_backup.engines.postgresql.connect.surroundings import settings_in

Connection = psycopg.Connection[TupleRow]

_CURE: Final = "use the address of the server itself (its own port, often 5432), or of a pool in session mode"
_RESET: Final = (
    "configure the pooler to reset a server connection when its client leaves (pgbouncer: server_reset_query "
    "= DISCARD ALL), or use the address of the server itself"
)
_ROUNDS = 3
"""An idle pool shows its mode in the first; in a busy one others may take a server connection before us."""
_LOOKS = 5
_ANSWER_SECONDS = 5
_PID = "SELECT pg_catalog.pg_backend_pid()"
# a setting that means nothing to anybody: where it stays, others would, too
_SET_MARK = "SELECT pg_catalog.set_config('scims_backup.left', 'here', false)"
_RESET_MARK = "SELECT pg_catalog.set_config('scims_backup.left', '', false)"
_MARKED = "SELECT pg_catalog.current_setting('scims_backup.left', true) OPERATOR(pg_catalog.<>) ''"
_ALIVE = """
SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE pid OPERATOR(pg_catalog.=) ANY (%s)
"""
_LOOKS_FOR_ONE = 30
"""A pool may hand its server connections out in turns; a pool of more is not got round in a moment."""
_ARRIVED = """
SELECT 1 FROM pg_catalog.pg_settings
 WHERE source OPERATOR(pg_catalog.=) 'client' AND pg_catalog.lower(name) OPERATOR(pg_catalog.=) %s
"""

_lock = threading.Lock()
_known: set[tuple[bytes, ...]] = set()
"""The pools that were seen to keep a server connection for one client, in this process."""


def is_pooled(connection: Connection) -> bool:
    """Say whether a connection, in autocommit, leads to a pooler."""
    return _pid(connection) != connection.info.backend_pid


def refuse_passing_on(connection: Connection, address: Address) -> None:
    """Raise SourcePooledError if a connection, in autocommit, leads to a pooler that cannot be used.

    Nothing is set before it is known that nobody else will get it.
    """
    if not is_pooled(connection):
        return
    wire = connection.pgconn
    place = (wire.host, wire.hostaddr, wire.port, wire.db, wire.user)
    with _lock:
        if place not in _known:
            _probe(address)
            _known.add(place)
    _refuse_lost_options(connection, address)


def _probe(address: Address) -> None:
    try:
        with ExitStack() as held:
            mode = _mode(address, held)
        if mode is None:
            _refuse_keeping(address)
            return
    except psycopg.Error as error:
        raise _refusal(address, _mode_told_by(error)) from None
    raise _refusal(address, mode)


def _mode(address: Address, held: ExitStack) -> str | None:
    """Look whether a server connection stays with one client while others hold theirs; None if it does."""
    watched = held.enter_context(_client(address))
    first = _pid_of_transaction(watched)
    for _ in range(_ROUNDS):
        other = held.enter_context(_client(address))
        other.autocommit = False
        if _pid(other) == first:
            return "in transaction mode"
        if any(_pid_of_transaction(watched) != first for _ in range(_LOOKS)):
            return "in transaction mode"
    return None


def _refuse_keeping(address: Address) -> None:
    """Raise SourcePooledError unless a server connection loses what its client had set when that leaves."""
    marked: set[int] = set()
    for _ in range(_LOOKS_FOR_ONE):
        with _client(address) as client:
            pid = _pid(client)
            if pid in marked and client.execute(_MARKED).fetchone() != (True,):
                return
            if pid in marked:
                break
            if client.execute(_ALIVE, [list(marked)]).fetchone() != (len(marked),):
                return  # the pooler closes what a client leaves
            client.execute(_SET_MARK)
            marked.add(pid)
    else:
        raise _refusal(address, "that may pass on a session's settings", _RESET)
    _wipe(address, marked)
    raise _refusal(address, "that passes on a session's settings", _RESET)


def _wipe(address: Address, marked: set[int]) -> None:
    """Take the mark from the server connections that have it."""
    for _ in range(_LOOKS_FOR_ONE):
        if not marked:
            return
        with _client(address) as client:
            pid = _pid(client)
            if pid in marked:
                client.execute(_RESET_MARK)
                marked.remove(pid)


def _refuse_lost_options(connection: Connection, address: Address) -> None:
    """Raise SourcePooledError if the pooler did not pass the address's `options` on to the server."""
    wanted = {name for name, _ in settings_in(address.parameters.get("options", ""))}
    lost = [name for name in wanted if connection.execute(_ARRIVED, [name]).fetchone() is None]
    if lost:
        raise SourcePooledError(
            f"the connection pooler at {address} does not pass on these options: {', '.join(sorted(lost))}",
            DIRECTLY,
        )


@contextmanager
def _client(address: Address) -> Iterator[Connection]:
    """One more client of the pool."""
    arguments = {**address.connect_arguments(), "connect_timeout": str(_ANSWER_SECONDS)}
    client = opened(**{"application_name": "scims-backup", **arguments})
    try:
        yield client
        # a pooler throws away a server connection whose client left within a transaction
        client.rollback()
    finally:
        client.close()


def _pid(connection: Connection) -> int:
    """Ask for the server process; a pool without room for one more must not let us wait for ever."""
    impatience = threading.Timer(_ANSWER_SECONDS, _hang_up, [connection.fileno()])
    impatience.start()
    try:
        ((pid,),) = connection.execute(_PID, prepare=False)
    finally:
        impatience.cancel()
    return int(pid)


def _hang_up(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as ours:
        ours.shutdown(socket.SHUT_RDWR)


def _pid_of_transaction(connection: Connection) -> int:
    with connection.transaction():
        return _pid(connection)


def _mode_told_by(error: psycopg.Error) -> str:
    """Read the mode from the refusal: in statement mode pgbouncer says so when a transaction begins."""
    if "statement pooling" in str(error) or isinstance(error, errors.FeatureNotSupported):
        return "in statement mode"
    return f"whose mode is unknown ({' '.join(str(error).split())})"


def _refusal(address: Address, how: str, cure: str = _CURE) -> SourcePooledError:
    return SourcePooledError(
        f"{address} is a connection pooler {how}: other clients would inherit our sessions' settings", cure
    )
