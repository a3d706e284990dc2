"""Work that a signal's exception must not cut in two."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Thread, current_thread, main_thread
from typing import Any


def uninterrupted(action: Callable[[], None]) -> None:
    """Run an action to its end; what a signal raises meanwhile is raised afterwards.

    Python raises for signals in the main thread only, so the work is done in another one.
    """
    if current_thread() is not main_thread():
        action()
        return
    outcome: Future[None] = Future()
    interruption: BaseException | None = None
    Thread(target=_settle, args=(outcome, action), name="uninterrupted").start()
    while not outcome.done():
        try:
            outcome.exception()
        except BaseException as error:  # noqa: BLE001  # it is raised below, when the work is done
            interruption = error
    if interruption is not None:
        raise interruption from outcome.exception()
    outcome.result()


def _settle(outcome: Future[None], action: Callable[[], None]) -> None:
    try:
        action()
    except BaseException as error:  # noqa: BLE001  # it is raised where the outcome is read
        outcome.set_exception(error)
    else:
        outcome.set_result(None)


@contextmanager
def child(
    arguments: Sequence[str],
    *,
    grace_seconds: float = 0,
    **options: Any,  # noqa: ANN401
) -> Iterator[subprocess.Popen[str]]:
    """Run a program in a session of its own; it and its children are gone when the context ends.

    Its own session keeps a Ctrl-C at the terminal from reaching it before us.
    grace_seconds: how long it may take to end by itself before it is killed; options: as for Popen.
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
    """Wait for a child without reaping it, at most so long."""
    process = os.pidfd_open(pid)
    try:
        ended = select.poll()
        ended.register(process, select.POLLIN)
        ended.poll(seconds * 1000)
    finally:
        os.close(process)
