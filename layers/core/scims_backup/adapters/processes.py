"""Child processes whose output is streamed, and whose messages are kept for the error that may follow."""

from __future__ import annotations

import fcntl
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import IO, Self

from scims_backup.domain.errors import ToolMissingError

PIPE_BYTES = 1 << 20
"""A large pipe saves wake-ups; the kernel's default is 64 KiB (man 7 pipe)."""
_KEPT_LINES = 400


class Child:
    """One running program; it is killed on leaving the context if it still runs.

    Raise ToolMissingError if it cannot be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
            )
        except OSError as error:
            raise ToolMissingError(f"{command[0]} cannot be started: {error.strerror}") from error
        self._lines: deque[bytes] = deque(maxlen=_KEPT_LINES)
        self._output = _opened(self._process.stdout)
        fcntl.fcntl(self._output, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._collector = threading.Thread(
            target=self._lines.extend, args=(_opened(self._process.stderr),), daemon=True
        )
        self._collector.start()

    def read(self, count: int) -> bytes:
        """Return at most so many bytes of the program's output; none at its end."""
        return self._output.read(count)

    def wait(self) -> int:
        """Wait for the end; return the exit status, negative for a signal."""
        status = self._process.wait()
        self._collector.join()
        return status

    def errors(self) -> str:
        """The last lines the program wrote to its standard error."""
        return b"".join(self._lines).decode(errors="replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.wait()
        self._output.close()
        _opened(self._process.stderr).close()


def _opened(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the stream was not asked for")
    return stream
