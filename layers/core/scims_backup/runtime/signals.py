"""Signals as an exception that unwinds everything, once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from scims_backup.domain.errors import InterruptedOperationError, TimeIsUpError

_CAUGHT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AT_ONCE = 0.001
"""0 would set no timer."""


class Interruption:
    """Raises on the first signal; later ones are taken in silence, so that teardown runs to its end."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None

    @property
    def exit_code(self) -> int | None:
        """128 + the signal's number, as shells have it; None if there was no signal."""
        return None if self.received is None else 128 + self.received

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Catch the signals while inside; those that the parent ignores (nohup) stay ignored."""
        before = {number: signal.getsignal(number) for number in _CAUGHT}
        for number, handler in before.items():
            if handler != signal.SIG_IGN:
                signal.signal(number, self._receive)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if self.received is None:
            self.received = signal.Signals(number)
            raise InterruptedOperationError(
                f"stopped by {self.received.name}", "partial results were removed; run it again"
            )


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise TimeIsUpError inside after so many seconds, once. Only the main thread may use it."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TimeIsUpError(
            "the function's time was nearly over, and what it had begun was removed",
            "run it as a task, which has more time (docs/deploy.md)",
        )

    handler, timer = signal.signal(signal.SIGALRM, ring), signal.getitimer(signal.ITIMER_REAL)
    try:
        signal.setitimer(signal.ITIMER_REAL, max(seconds, _AT_ONCE))
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *timer)
