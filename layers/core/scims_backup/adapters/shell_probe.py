"""The application's own check of a database, as a shell command."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from scims_backup.adapters.processes.children import child
from scims_backup.domain.errors import SandboxError
from scims_backup.domain.probe import LIMIT_SECONDS, ProbeOutcome, last_words
from scims_backup.domain.redaction import hide, names_in

PLAIN_PATH = "/usr/local/bin:/usr/bin:/bin"
"""All that a probe has of a PATH: ours may lead where only we should go."""

_SHELL = "/bin/sh"
_COULD_NOT_RUN = (126, 127)
"""What a shell says of a command that it cannot execute, or does not find."""
_KEPT_BYTES = 64 * 1024
_CURE = f"give the program's full path, or a program in {PLAIN_PATH}, and let this user execute it"


@dataclass(frozen=True)
class ShellProbe:
    """A command for `/bin/sh -c`; implements ports.Probe.

    without_values: takes the data out of what a server said to it.
    limit_seconds: how long it may take.
    """

    command: str
    without_values: Callable[[str], str]
    limit_seconds: float = LIMIT_SECONDS

    def run(self, url: str) -> ProbeOutcome:
        """Run the command with nothing of ours in its environment, and end whatever it started.

        Raise SandboxError if it could not be run.
        """
        code, written = self._ended(url)
        said = last_words(self.without_values(_without_password(written, url)))
        if code in _COULD_NOT_RUN:
            raise SandboxError(f"the probe could not be run (exit code {code}): {said}", _CURE)
        return ProbeOutcome(code, said, self.limit_seconds)

    def _ended(self, url: str) -> tuple[int | None, str]:
        """The exit code, None if it did not end in time, and the last of what it wrote."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        environment = {"DATABASE_URL": url, "PATH": PLAIN_PATH}
        try:
            with child([_SHELL, "-c", self.command], env=environment, cwd="/", **pipes) as process:
                in_time, written = _watched(process, time.monotonic() + self.limit_seconds)
        except OSError as error:
            raise SandboxError(f"the probe could not be run: {error.strerror}", _CURE) from error
        return _exit_code(process.returncode) if in_time else None, written.decode(errors="replace")


def _exit_code(code: int) -> int:
    """As a shell tells it."""
    return code if code >= 0 else 128 - code


def _watched(process: subprocess.Popen[str], until: float) -> tuple[bool, bytes]:
    """Read what a program writes until it ends or its time is over; return whether it ended, and the last.

    What it left running may hold its output open, so that the end of that is not waited for; and it is not
    reaped here, so that the number of its process group stays its own until the group is ended.
    """
    assert process.stdout  # noqa: S101 - a pipe
    output = process.stdout.fileno()
    os.set_blocking(output, False)
    kept = bytearray()
    ended = os.pidfd_open(process.pid)
    try:
        waiting, has_ended = [ended, output], False
        while not has_ended and time.monotonic() < until:
            ready, _, _ = select.select(waiting, [], [], max(0.0, until - time.monotonic()))
            has_ended = ended in ready
            for chunk in _chunks(output) if output in ready or has_ended else ():
                kept += chunk
                del kept[:-_KEPT_BYTES]
                if not chunk and output in waiting:
                    waiting.remove(output)
    finally:
        os.close(ended)
    return has_ended, bytes(kept)


def _chunks(output: int) -> Iterator[bytes]:
    """Yield what a pipe holds now, and at last nothing if it is at its end; at most what is kept."""
    for _ in range(16):
        try:
            chunk = os.read(output, _KEPT_BYTES)
        except BlockingIOError:
            return
        yield chunk
        if not chunk:
            return


def _without_password(text: str, url: str) -> str:
    written = urlsplit(url).password
    if not written:
        return text
    return hide(text, [unquote(written), written], [names_in(url)])
