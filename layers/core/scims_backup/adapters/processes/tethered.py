"""A process that ends when this one does, however this one ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from scims_backup.adapters.processes.children import child

_WATCHER = "import os, signal, sys; os.read(0, 1); signal.pidfd_send_signal(int(sys.argv[1]), signal.SIGKILL)"
"""Reads what nobody writes: the pipe ends with its only writer. The number it gets is a pidfd."""


@contextmanager
def tethered(pid: int) -> Iterator[None]:
    """Have a child killed at once if this process dies before the context ends, even of SIGKILL.

    PR_SET_PDEATHSIG cannot do that: it would kill the child when the thread that started it ends.
    """
    process = os.pidfd_open(pid)
    try:
        # isolated, it reads none of the variables and folders that change what Python imports
        arguments = [sys.executable, "-I", "-S", "-c", _WATCHER, str(process)]
        with child(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[process],
            env={},
            cwd="/",
        ):
            yield
    finally:
        os.close(process)
