"""What a process writes to a pipe, read as it comes, and at once when somebody asks for it."""

import os
import select
import threading
from typing import IO

_CHUNK = 1 << 16


class Output:
    """Reads a pipe to its end, so that its writer never waits; then closes it."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._read = bytearray()
        self._taken = 0
        self._is_open = True
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._follow, daemon=True)
        self._reader.start()

    def take(self) -> str:
        """What was written since this was last asked: all that the writer has written until now."""
        with self._lock:
            self._drain()
            new = self._read[self._taken :]
            self._taken = len(self._read)
        return new.decode("utf-8", "replace")

    def all(self) -> str:
        """All that was written until now."""
        with self._lock:
            self._drain()
            return self._read.decode("utf-8", "replace")

    def await_end(self) -> None:
        """Wait until the last writer is gone."""
        self._reader.join()

    def _follow(self) -> None:
        while self._is_open:
            select.select([self._pipe], [], [])
            with self._lock:
                self._drain()
        self._pipe.close()

    def _drain(self) -> None:
        while self._is_open and select.select([self._pipe], [], [], 0)[0]:
            chunk = os.read(self._pipe.fileno(), _CHUNK)
            self._read += chunk
            self._is_open = bool(chunk)
