"""A person at a terminal: a program in a pseudo-terminal that is typed into."""

import os
import pty
import select
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

_PATIENCE_SECONDS = 120
_CHUNK = 65536


class Terminal:
    """A terminal on which one program runs.

    screen: all that was shown.
    """

    def __init__(self, pid: int, descriptor: int) -> None:
        self._pid = pid
        self._descriptor = descriptor
        self._seen = 0
        self.screen = ""

    def wait_for(self, text: str) -> None:
        """Read until a text is shown after what was waited for before."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while text not in self.screen[self._seen :]:
            assert self._read(deadline), f"{text!r} was not shown:\n{self.screen}"
        self._seen = self.screen.index(text, self._seen) + len(text)

    def answer(self, prompt: str, line: str) -> None:
        """Wait for a prompt, then type a line."""
        self.press(prompt, f"{line}\n")

    def press(self, prompt: str, keys: str) -> None:
        """Wait for a prompt, then press keys."""
        self.wait_for(prompt)
        os.write(self._descriptor, keys.encode())

    def end(self) -> int:
        """Read to the program's end and return its exit code."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self._read(deadline):
            pass
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """End the program if it still runs."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._descriptor)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._descriptor], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"nothing more was shown:\n{self.screen}"
        try:
            chunk = os.read(self._descriptor, _CHUNK)
        except OSError:  # Linux' way to say that the last program has closed the terminal
            return False
        self.screen += chunk.decode(errors="replace").replace("\r\n", "\n")
        return bool(chunk)


@contextmanager
def terminal(arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Start a program on a terminal of its own."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.execvpe(arguments[0], list(arguments), dict(environment))  # noqa: S606  the child of the fork
    opened = Terminal(pid, descriptor)
    try:
        yield opened
    finally:
        opened.close()
