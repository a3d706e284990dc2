"""Programs that are gone afterwards, though a signal came meanwhile."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from scims_backup.adapters.processes.uninterrupted import uninterrupted


@contextmanager
def child(
    arguments: Sequence[str],
    *,
    grace_seconds: float = 0,
    **options: Any,  # noqa: ANN401
) -> Iterator[subprocess.Popen[str]]:
    """Run a program in its own session; it and its children are gone when the context ends.

    Its own session keeps a Ctrl-C at the terminal from reaching it before us.

    grace_seconds: how long it may take to end by itself before it is killed.
    options: as for Popen.
    """
    started: list[subprocess.Popen[str]] = []

    def start() -> None:
        started.append(subprocess.Popen(arguments, text=True, start_new_session=True, **options))

    try:
        uninterrupted(start)
        yield started[0]
    finally:
        uninterrupted(lambda: _end(started, grace_seconds))


def _end(started: list[subprocess.Popen[str]], grace_seconds: float) -> None:
    for process in started:
        if process.returncode is None:
            _await_end(process.pid, grace_seconds)
            # it is not reaped yet: no other group can have got this number
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _await_end(pid: int, seconds: float) -> None:
    """Wait for a child without reaping it, at most this long."""
    process = os.pidfd_open(pid)
    try:
        ended = select.poll()
        ended.register(process, select.POLLIN)
        ended.poll(seconds * 1000)
    finally:
        os.close(process)
