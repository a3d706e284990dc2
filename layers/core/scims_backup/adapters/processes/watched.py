"""Child processes: what they say is collected while they run, and they end when asked."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Self

CHUNK_BYTES = 1 << 20
"""Bytes read at once, and the size of a pipe that carries an archive (Linux's limit for all users)."""

KEPT_BYTES = 64 * 1024
"""This much of a program's output is kept: its end, where it reports why it stopped."""

_COLLECTOR_SECONDS = 5.0
_FEW_BYTES = 128 * 1024
_LET_FILL_SECONDS = 0.002
"""At this pace a pipe of CHUNK_BYTES still carries 500 MB/s, several times what pg_dump gives."""
_NUDGE_SECONDS = 0.02


class Child:
    """A running program in its own process group, so that a terminal's Ctrl-C reaches only us.

    fed: its standard input is written by `feed`, else empty
    collected: its standard output is kept for `output`, all of it if None, else this many bytes of its end; 0
        leaves it to `read`
    told: gets each line of its standard error, in a separate thread, and must not raise

    Raise FileNotFoundError or PermissionError if it cannot be started.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        fed: bool = False,
        collected: int | None = 0,
        told: Callable[[str], None] | None = None,
    ) -> None:
        self._process = subprocess.Popen(
            arguments,
            env=dict(environment),
            stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            process_group=0,
        )
        assert self._process.stdout  # noqa: S101 - both are pipes
        assert self._process.stderr  # noqa: S101
        self._errors = _Collector(self._process.stderr, KEPT_BYTES, told)
        self._output = None if collected == 0 else _Collector(self._process.stdout, collected)
        for carrier in (self._process.stdin, None if self._output else self._process.stdout):
            if carrier:
                _widen(carrier.fileno())

    def feed(self, chunk: bytes) -> None:
        """Write all of it to standard input. Raise BrokenPipeError if the program no longer reads."""
        stdin = self._process.stdin
        assert stdin  # noqa: S101 - only for children that are fed
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(stdin.fileno(), rest) :]

    def end_input(self) -> None:
        """Close standard input, which the program takes for a clean end."""
        if self._process.stdin:
            self._process.stdin.close()

    def read(self, most: int = CHUNK_BYTES) -> bytes:
        """Return the next bytes of standard output, at most this many; empty at its end."""
        assert self._process.stdout  # noqa: S101 - a pipe
        chunk = os.read(self._process.stdout.fileno(), most)
        if 0 < len(chunk) < _FEW_BYTES:
            # who empties a pipe at every drop wakes up, and wakes the writer, for a few kB each time
            time.sleep(_LET_FILL_SECONDS)
        return chunk

    def wait(self, seconds: float | None = None) -> int:
        """Return the exit code, negative for a signal. Raise TimeoutError if it still runs then."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None

    def wait_for_output(self) -> bool:
        """Wait until the collected standard output has begun; False if it ended without a word."""
        assert self._output  # noqa: S101 - only for children whose output is collected
        return self._output.begun()

    def output(self) -> bytes:
        """What it wrote to standard output, if that is collected; complete once the program has ended."""
        return self._output.kept() if self._output else b""

    def errors(self) -> str:
        """What it wrote to standard error, the last KEPT_BYTES; complete once the program has ended."""
        return self._errors.kept().decode(errors="replace")

    def ask_to_end(self, ask: signal.Signals = signal.SIGINT) -> None:
        """Ask the program to end by a signal, and do not wait for it."""
        self._process.send_signal(ask)

    def kill(self) -> None:
        """Kill the program; a thread that feeds it gets a BrokenPipeError."""
        self._process.kill()

    def stop(self, ask: signal.Signals = signal.SIGINT, seconds: float = 10.0, filler: bytes = b"") -> int:
        """End the program and return its exit code: ask by a signal, and kill it if it stays.

        Its input is closed only once it is dead: it must never take our leaving for a clean end.

        seconds: patience.
        filler: fed meanwhile, for a program that minds the signal only between reads.
        """
        try:
            self._process.send_signal(ask)
            self._keep_moving(filler, seconds)
            return self.wait(0)
        except TimeoutError:
            self._process.kill()
            return self.wait()
        finally:
            self._process.kill()
            self._process.wait()
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _keep_moving(self, filler: bytes, seconds: float) -> None:
        """Until the program has ended, let it be held up neither by a full output nor by an empty input."""
        stdin = self._process.stdin
        fed = stdin if filler and stdin and not stdin.closed else None
        drained = None if self._output else self._process.stdout
        for pipe in (fed, drained):
            if pipe and not pipe.closed:
                os.set_blocking(pipe.fileno(), False)
        for _ in range(int(seconds / _NUDGE_SECONDS)):
            if self._ended_within(_NUDGE_SECONDS):
                return
            if fed:
                _try(lambda: os.write(fed.fileno(), filler))
            if drained and not drained.closed:
                _try(self.read)

    def _ended_within(self, seconds: float) -> bool:
        try:
            self.wait(seconds)
        except TimeoutError:
            return False
        return True

    def _close(self) -> None:
        self.end_input()
        if self._process.stdout and not self._output:
            self._process.stdout.close()


class _Collector:
    """Reads a stream to its end in a separate thread and keeps the last part."""

    def __init__(
        self, stream: IO[bytes], limit: int | None, told: Callable[[str], None] | None = None
    ) -> None:
        self._told = told
        self._line = b""
        self._stream = stream
        self._limit = limit
        self._kept = bytearray()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._collect, name="collect-output", daemon=True)
        self._thread.start()

    def _collect(self) -> None:
        with self._stream:
            while chunk := os.read(self._stream.fileno(), KEPT_BYTES):
                self._kept += chunk
                self._tell(chunk)
                if self._limit is not None:
                    del self._kept[: -self._limit]
                self._begun.set()
        if self._told is not None and self._line:
            self._told(self._line.decode(errors="replace"))
        self._begun.set()

    def _tell(self, chunk: bytes) -> None:
        if self._told is not None:
            *lines, self._line = (self._line + chunk).split(b"\n")
            for line in lines:
                self._told(line.decode(errors="replace"))

    def begun(self) -> bool:
        self._begun.wait()
        return bool(self._kept)

    def kept(self) -> bytes:
        # A grandchild (e.g. ssh's shared connection) may hold the stream open for ever.
        self._thread.join(_COLLECTOR_SECONDS)
        return bytes(self._kept)


def _try(transfer: Callable[[], object]) -> None:
    """Move bytes if that is possible now; the program's end is seen elsewhere."""
    with suppress(BlockingIOError, BrokenPipeError):
        transfer()


def _widen(descriptor: int) -> None:
    if not hasattr(fcntl, "F_SETPIPE_SZ"):
        return
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, CHUNK_BYTES)
    except PermissionError:
        return  # the user's pipes have used up their allowance: this one stays small, which is only slower
