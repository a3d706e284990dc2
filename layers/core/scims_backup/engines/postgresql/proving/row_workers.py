"""Several connections that prove the rows of one snapshot, table by table, side by side."""

from __future__ import annotations

import os
import socket
import threading
from collections import deque
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import Any

import psycopg

from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.connect.postgres_errors import translating
from scims_backup.engines.postgresql.dumping.rewrites import refuse_rewritten
from scims_backup.engines.postgresql.dumping.snapshot import HeldSnapshot
from scims_backup.engines.postgresql.proving.large_objects import read_large_objects
from scims_backup.engines.postgresql.proving.rows import read_rows
from scims_backup.engines.postgresql.proving.tables import Inventory, Unit
from scims_backup.engines.postgresql.rules.proof import Rows
from scims_backup.ports import Progress

_CANCEL_SECONDS = 5
_AGAIN_SECONDS = 1
"""A cancel can come between two queries and hit nothing, so it is repeated until the worker has ended."""


class RowWorkers:
    """Reads every unit of an inventory, and the large objects; started at once.

    count: how many connections at most.
    """

    def __init__(
        self, held: HeldSnapshot, inventory: Inventory, level: Level, progress: Progress, count: int
    ) -> None:
        self._held, self._level, self._progress = held, level, progress
        self._waiting: deque[Unit] = deque(inventory.units)
        self._connections: list[Connection] = []
        self._stopping = threading.Event()
        self.rows: dict[Unit, Rows] = {}
        self._pool = ThreadPoolExecutor(count + 1, thread_name_prefix="prove")
        self._large_objects = self._pool.submit(self._read_large_objects)
        busy = min(count, len(inventory.units))
        self._futures: list[Future[Any]] = [self._pool.submit(self._read_units) for _ in range(busy)]
        self._futures.append(self._large_objects)

    def check(self) -> None:
        """Raise what made a worker fail, if one has failed already."""
        for future in self._futures:
            if future.done():
                future.result()

    def large_objects(self) -> Rows:
        """Wait until everything is read; return what was read of large objects. Raise SourceError."""
        wait(self._futures, return_when=FIRST_EXCEPTION)
        self.check()
        return self._large_objects.result()

    def stop(self) -> None:
        """End all workers, whatever they are doing, and wait for them."""
        self._stopping.set()
        running = set(self._futures)
        while running:
            for connection in list(self._connections):
                _cancel(connection)
            running = wait(running, timeout=_AGAIN_SECONDS).not_done
        self._pool.shutdown()

    def _read_units(self) -> None:
        with self._held.joined() as connection:
            self._connections.append(connection)
            while not self._stopping.is_set():
                try:
                    unit = self._waiting.popleft()
                except IndexError:
                    return
                self.rows[unit] = self._read_unit(connection, unit)
                self._progress.rows(unit.table.qualified, self.rows[unit].rows)

    def _read_unit(self, connection: Connection, unit: Unit) -> Rows:
        # the savepoint is rolled back, so that the locks of 2,000 tables do not fill the server's table
        with (
            translating(f"reading table {unit.table.qualified}"),
            connection.transaction(force_rollback=True),
        ):
            rows = read_rows(connection, unit, self._level)
            if unit.judged:
                refuse_rewritten(connection, [unit.table.oid, *unit.leaves])
            return rows

    def _read_large_objects(self) -> Rows:
        with self._held.joined() as connection:
            self._connections.append(connection)
            with translating("reading the large objects"):
                return read_large_objects(connection, self._level)


def _cancel(connection: Connection) -> None:
    try:
        connection.cancel_safe(timeout=_CANCEL_SECONDS)
    except psycopg.Error:
        # the server cannot be asked to end the query, so the waiting thread learns that no answer will come
        _hang_up(connection)


def _hang_up(connection: Connection) -> None:
    try:
        descriptor = os.dup(connection.fileno())
    except (psycopg.Error, OSError):
        return  # it is closed already
    with socket.socket(fileno=descriptor) as ours:
        try:
            ours.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other end has gone already
