"""The RDB itself within a replication's connection, in one of its two forms."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import NoReturn

from scims_backup.domain.errors import DumpFailedError, SourceUnreachableError
from scims_backup.engines.redis.connect.redis_errors import REACH, reason

CHUNK_BYTES = 1 << 19
"""Yielded at once: TLS and small packets bring 16 KiB at a time, which every later step would pay for."""
_MARK_BYTES = 40


class Payload:
    """The rest of a connection, of which an RDB is the first part.

    begun: what was received of it already.
    doing: for errors.
    closed: the cure where the server has ended it.
    """

    def __init__(self, wire: socket.socket, begun: bytes, doing: str, closed: str) -> None:
        self._wire, self._doing, self._closed = wire, doing, closed
        self._buffer = bytearray(CHUNK_BYTES + len(begun))
        self._view = memoryview(self._buffer)
        self._view[: len(begun)] = begun
        self._filled = len(begun)
        self._taken = 0

    def of(self, length: int) -> Iterator[bytes]:
        """Yield as many bytes as were announced. Raise SourceError if fewer come."""
        left = length
        while left:
            if self._filled < min(left, CHUNK_BYTES):
                self._receive(min(left, len(self._buffer)))
                continue
            chunk = bytes(self._view[: min(left, self._filled)])
            left -= len(chunk)
            self._drop(len(chunk))
            yield chunk

    def until(self, mark: bytes) -> Iterator[bytes]:
        """Yield what comes before a mark that nothing follows. Raise SourceError if it does not come."""
        while not self._ends_with(mark):
            if self._filled < CHUNK_BYTES:
                self._receive(len(self._buffer))
                continue
            chunk = bytes(self._view[: self._filled - _MARK_BYTES])
            self._drop(len(chunk))
            yield chunk
        yield bytes(self._view[: self._filled - _MARK_BYTES])

    def _ends_with(self, mark: bytes) -> bool:
        start = self._filled - _MARK_BYTES
        return start >= 0 and self._view[start : self._filled] == mark

    def _receive(self, end: int) -> None:
        """Receive up to an end in the buffer."""
        try:
            got = self._wire.recv_into(self._view[self._filled : end])
        except TimeoutError:
            self._fail(f"no byte came for {self._wire.gettimeout():.0f} seconds")
        except OSError as error:
            self._fail(reason(error))
        if not got:
            raise DumpFailedError(
                f"{self._doing}: the server closed the connection after {self._taken + self._filled} bytes, "
                "before the RDB's end",
                self._closed,
            )
        self._filled += got

    def _drop(self, count: int) -> None:
        """Forget the first bytes of the buffer."""
        self._view[: self._filled - count] = bytes(self._view[count : self._filled])
        self._filled -= count
        self._taken += count

    def _fail(self, why: str) -> NoReturn:
        so_far = self._taken + self._filled
        raise SourceUnreachableError(f"{self._doing}: {why}, after {so_far} bytes", REACH)
