"""A server's RDB by the replication protocol: we ask for it as a replica does, and leave when we have it.

https://redis.io/docs/latest/operate/oss_and_stack/management/replication/ and src/replication.c
(syncCommand, replconfCommand, rdbSaveToReplicasSockets).
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis
from redis.connection import DefaultParser

from scims_backup.domain.errors import DumpFailedError, SourceBusyError, SourceError, SourceUnreachableError
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.connect.client import client_of
from scims_backup.engines.redis.connect.redis_errors import REACH, errors_as_source, translated
from scims_backup.engines.redis.connect.server_facts import ServerFacts
from scims_backup.engines.redis.dumping.payload import Payload

SILENCE_SECONDS = 90
"""While a server waits for its fork it sends a newline every second; after such a silence it is gone."""
WAIT_SECONDS = 3600
"""For the fork: another background save, or a rewrite of the AOF, may have to end first."""
_VERSIONS_SINCE = ("valkey", (8, 0))
_LINE_BYTES = 4096
_FULL = re.compile(rb"\+FULLRESYNC ([0-9a-f]{40}) (-?\d+)")
_BULK = re.compile(rb"\$(?:EOF:([0-9a-zA-Z]{40})|(\d+))")
_CLOSED = (
    "see the server's log for the reason: CLIENT KILL, a failover, a refused fork (memory, "
    "vm.overcommit_memory), no room on its disk, or repl-timeout while the vault was slow"
)
_WAITED = "take the backup when no other background save or AOF rewrite runs, or see why one does not end"


@dataclass(frozen=True)
class RdbStream:
    """An RDB that is being sent, read once.

    replication_id: of the server's history of writes, as of the fork.
    offset: how far that was.
    length: bytes that were announced; None where the server writes the RDB into the connection.
    chunks: its bytes. Raise SourceError if they end too early.
    """

    replication_id: str
    offset: int
    length: int | None
    chunks: Iterator[bytes]


@contextmanager
def rdb_stream(address: RedisAddress, facts: ServerFacts) -> Iterator[RdbStream]:
    """Ask a server for an RDB of all its databases; it forks for it, and its disk need not be used.

    facts: of this server.
    Raise SourceError if it refuses.
    """
    doing = f"asking {address} for its RDB"
    with client_of(address, database=0) as client:
        with errors_as_source(doing):
            connection = client.connection_pool.get_connection()
            _introduce(connection, facts)
            connection.send_command("PSYNC", "?", "-1")
            # from here on the server speaks to a replica, and not RESP
            wire = connection._get_socket()  # noqa: SLF001  redis-py has no other way to it
            wire.settimeout(SILENCE_SECONDS)
        try:
            yield _opened(_Lines(wire, address), doing)
        finally:
            connection.disconnect()


def _introduce(connection: redis.Connection, facts: ServerFacts) -> None:
    """Say what we want and understand. All servers since 6.2 know these; an error is one."""
    wishes = [("rdb-only", "1"), ("capa", "eof")]
    flavour, since = _VERSIONS_SINCE
    if facts.flavour == flavour and facts.release >= since:
        # else it would write the older RDB 11, and fail where that cannot hold a key (expiries of fields)
        wishes.append(("version", facts.version))
    for wish in wishes:
        connection.send_command("REPLCONF", *wish)
        connection.read_response()


def _opened(lines: _Lines, doing: str) -> RdbStream:
    with errors_as_source(doing):
        full = _FULL.fullmatch(lines.next(doing))
        bulk = _BULK.fullmatch(lines.next(doing)) if full else None
    if full is None or bulk is None:
        raise DumpFailedError(f"{doing}: the answer is none of the replication protocol", REACH)
    mark, length = bulk.groups()
    payload = Payload(lines.wire, lines.rest, f"reading the RDB of {lines.address}", _CLOSED)
    chunks = payload.until(mark) if mark else payload.of(int(length))
    return RdbStream(full[1].decode(), int(full[2]), int(length) if length else None, chunks)


class _Lines:
    """The lines before the RDB; `rest` is what came after the last of them."""

    def __init__(self, wire: socket.socket, address: RedisAddress) -> None:
        self.wire, self.address = wire, address
        self.rest = b""
        self._until = time.monotonic() + WAIT_SECONDS

    def next(self, doing: str) -> bytes:
        """Return the next line that is not empty: empty ones say that the server still waits for its fork.

        Raise SourceError if it refuses, closes the connection, or waits too long.
        """
        while True:
            line, found, rest = self.rest.partition(b"\n")
            if not found:
                self._receive(doing)
                continue
            self.rest, line = rest, line.strip(b"\r")
            if line.startswith(b"-"):
                raise _refusal(line[1:].decode(errors="replace"), doing)
            if line:
                return line

    def _receive(self, doing: str) -> None:
        if time.monotonic() > self._until:
            raise SourceBusyError(f"{doing}: it has not begun within {WAIT_SECONDS} seconds", _WAITED)
        if len(self.rest) > _LINE_BYTES:
            raise DumpFailedError(f"{doing}: the answer is none of the replication protocol", REACH)
        try:
            heard = self.wire.recv(_LINE_BYTES)
        except TimeoutError:
            raise SourceUnreachableError(
                f"{doing}: no byte came for {SILENCE_SECONDS} seconds", REACH
            ) from None
        if not heard:
            raise DumpFailedError(f"{doing}: the server closed the connection instead", _CLOSED)
        self.rest += heard


def _refusal(said: str, doing: str) -> SourceError:
    error = DefaultParser.parse_error(said)  # type: ignore[no-untyped-call]
    return translated(error, doing)
