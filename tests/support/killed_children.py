"""Processes that are killed on their way, by the command that they were about to send to a server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from redis.connection import AbstractConnection


def killed_at(command: int, port: int, work: Callable[[], object]) -> bool:
    """Do work in a child that is killed before it sends its n-th packet to a port; say whether it was."""
    child = os.fork()
    if child == 0:
        _die_at(command, port)
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def packets(port: int, work: Callable[[], object]) -> int:
    """Do work; return how many packets it sent to a port."""
    counted, send = [0], AbstractConnection.send_packed_command

    def counting(self: Any, *given: Any, **more: Any) -> None:
        counted[0] += getattr(self, "port", None) == port
        send(self, *given, **more)  # type: ignore[no-untyped-call]

    AbstractConnection.send_packed_command = counting  # type: ignore[method-assign]
    try:
        work()
    finally:
        AbstractConnection.send_packed_command = send  # type: ignore[method-assign]
    return counted[0]


def _die_at(command: int, port: int) -> None:
    left, send = [command], AbstractConnection.send_packed_command

    def dying(self: Any, *given: Any, **more: Any) -> None:
        if getattr(self, "port", None) == port:
            left[0] -= 1
            if left[0] <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
        send(self, *given, **more)  # type: ignore[no-untyped-call]

    AbstractConnection.send_packed_command = dying  # type: ignore[method-assign]
