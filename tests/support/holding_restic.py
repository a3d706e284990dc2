"""A restic that stops in the midst of the archive that it stores, until a test has struck.

    holding_restic.py PORT BYTES RESTIC ARGUMENTS…

It becomes RESTIC itself, so that signals reach that; what restic reads comes by a child, which reports after
BYTES of the archive by connecting to PORT of loopback, and goes on once that connection is closed, or at once
where nobody listens any more.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_PIECE = 1 << 16
_SECONDS = 60.0


@dataclass(frozen=True)
class HoldingRestic:
    """Where a restic reports that it holds.

    environment: lets a program find that restic.
    """

    environment: dict[str, str]
    _listener: socket.socket

    @contextmanager
    def held(self) -> Iterator[int]:
        """Wait until an archive is held, and hold it while the context lasts; yield restic's process id.

        It is the only one that is held.
        """
        with self._listener:
            connection, _ = self._listener.accept()
            with connection:
                yield int(connection.recv(32))


@contextmanager
def holding_restic(folder: Path, after: int) -> Iterator[HoldingRestic]:
    """Make a restic in a new folder that holds an archive after so many bytes."""
    real = shutil.which("restic")
    assert real is not None, "no restic in PATH"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(_SECONDS)
        ours = (sys.executable, "-S", "-E", __file__, str(listener.getsockname()[1]), str(after), real)
        folder.mkdir()
        program = folder / "restic"
        program.write_text(f'#!/bin/sh\nexec {" ".join(ours)} "$@"\n')
        program.chmod(0o755)
        yield HoldingRestic({"PATH": f"{folder}:{os.environ['PATH']}"}, listener)


def main() -> None:
    """Become restic, fed by a child if it is to store an archive."""
    port, after, real, *arguments = sys.argv[1:]
    if "backup" in arguments:
        reading, writing = os.pipe()
        restic = os.getpid()
        if os.fork() == 0:
            os.close(reading)
            _feed(writing, int(after), int(port), restic)
            os._exit(0)
        os.close(writing)
        os.dup2(reading, sys.stdin.fileno())
    os.execv(real, [real, *arguments])  # noqa: S606  no shell is meant


def _feed(restic_reads: int, after: int, port: int, restic: int) -> None:
    """Pass the archive on, and hold it once."""
    given = sys.stdin.fileno()
    for output in (sys.stdout, sys.stderr):
        os.close(output.fileno())  # who reads them waits for their end
    passed, is_due = 0, True
    while piece := os.read(given, _PIECE):
        view = memoryview(piece)
        while view:
            view = view[os.write(restic_reads, view) :]
        passed += len(piece)
        if is_due and passed >= after:
            is_due = False
            _hold(port, restic)


def _hold(port: int, restic: int) -> None:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(str(restic).encode())
        connection.recv(1)


if __name__ == "__main__":
    main()
