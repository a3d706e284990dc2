"""The part of the stream that is at hand."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

Result = TypeVar("Result")
Steps = Generator[None, None, Result]
"""Reads on as far as there are bytes, and yields wherever more are needed."""


class Window:
    """Bytes to read from `at` on. What lies before `at` may be passed on; positions end with every step.

    offset: where in the stream data[0] is.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self.at = 0
        self.offset = 0
        self._passed = 0
        self._out: list[bytes | bytearray] = []
        self._is_dropping = False

    @property
    def position(self) -> int:
        """How many bytes of the stream were read."""
        return self.offset + self.at

    def add(self, chunk: bytes | bytearray) -> None:
        """Append what came."""
        self.data += chunk

    def take(self) -> bytes:
        """Return what was read since the last time, with its changes, and forget it."""
        self._pass_on()
        out = b"".join(self._out)
        self._out = []
        del self.data[: self.at]  # takes no time: a bytearray moves its start
        self.offset += self.at
        self.at = self._passed = 0
        return out

    def need(self, count: int) -> Steps[None]:
        """Wait until `count` bytes from `at` on are at hand."""
        while len(self.data) - self.at < count:
            yield

    def byte(self) -> Steps[int]:
        """Read one."""
        yield from self.need(1)
        self.at += 1
        return self.data[self.at - 1]

    def exactly(self, count: int) -> Steps[bytes]:
        """Read `count` bytes, which are held in memory."""
        yield from self.need(count)
        self.at += count
        return bytes(self.data[self.at - count : self.at])

    def skip(self, count: int) -> Steps[None]:
        """Pass `count` bytes on as they come, held nowhere."""
        while count > (here := len(self.data) - self.at):
            count -= here
            self.at += here
            yield
        self.at += count

    def replace(self, count: int, new: bytes) -> None:
        """Pass `new` on in place of the last `count` bytes, which were read in this step."""
        self._out += [self.data[self._passed : self.at - count], new]
        self._passed = self.at

    def drop(self, count: int) -> None:
        """Pass on neither the last `count` bytes, which were read in this step, nor any more until `keep`."""
        self.replace(count, b"")
        self._is_dropping = True

    def keep(self) -> None:
        """Pass on what is read from now on."""
        self._pass_on()
        self._is_dropping = False

    def _pass_on(self) -> None:
        if not self._is_dropping:
            self._out.append(self.data[self._passed : self.at])
        self._passed = self.at
