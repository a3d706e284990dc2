"""The process of a sandbox's server: its account, its configuration, its log and its end."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO

from scims_backup.adapters.processes.accounts import Account
from scims_backup.adapters.processes.children import child
from scims_backup.adapters.processes.sandbox_directory import SandboxDirectory
from scims_backup.adapters.processes.tethered import tethered
from scims_backup.domain.errors import SandboxError
from scims_backup.engines.redis.programs import Program
from scims_backup.engines.redis.sandbox.configuration import configuration

_END_SECONDS = 10
"""A process that has much memory takes a while to end."""
_LOG_BYTES = 64 * 1024
REACH = "make room there and let the server's user enter it, or set SCIMS_SANDBOX_DIR to another directory"


class ServerProcess:
    """One process, which ends with this one; `stop` may be called at any time, and more than once."""

    def __init__(self, place: SandboxDirectory, program: Program) -> None:
        self._place, self._program = place, program
        self._running = ExitStack()
        self._process: subprocess.Popen[str] | None = None
        self.was_stopped = False
        """Whether it ended because we stopped it."""

    @property
    def pid(self) -> int:
        """Its number, once it was started."""
        assert self._process is not None  # noqa: S101  it was started
        return self._process.pid

    def start(self, password: str) -> None:
        """Start it, not waiting until it answers. Raise SandboxError if it cannot be run."""
        account = _account_for(self._program)
        try:
            for directory in (self._place.data, self._place.sockets):
                directory.mkdir(mode=0o700)
                account.own(directory)
            log = os.open(self._place.log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise SandboxError(
                f"no server can be started in {self._place.directory}: {error.strerror}", REACH
            ) from error
        with os.fdopen(log, "wb") as file, _no_core_dumps():
            self._process = self._started(account, file)
        self._running.enter_context(tethered(self._process.pid))
        self._configure(self._process, password)

    def runs(self) -> bool:
        """Say whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def wait(self, seconds: float = _END_SECONDS) -> int | None:
        """Wait for its end; return the exit code, negative for a signal, or None if it still runs then."""
        if self._process is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode

    def kill(self) -> None:
        """Kill it as somebody else would: that is no stop."""
        assert self._process is not None  # noqa: S101  it was started
        self._process.kill()

    def stop(self) -> None:
        """Kill it, if it runs: it has nothing to save."""
        self.was_stopped = self.was_stopped or self._process is None or self.runs()
        self._running.close()

    def log(self) -> str:
        """Return the end of its log, which may quote keys."""
        with self._place.log.open("rb") as file:
            file.seek(max(0, self._place.log.stat().st_size - _LOG_BYTES))
            return file.read().decode(errors="replace")

    def _started(self, account: Account, log: IO[bytes]) -> subprocess.Popen[str]:
        try:
            return self._running.enter_context(
                child(
                    [str(self._program.path), "-"],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env=self._program.environment(),
                    **account.process_options(),
                )
            )
        except OSError as error:
            raise SandboxError(
                f"{self._program.path} cannot be run: {error.strerror}", "let this user execute it"
            ) from error

    def _configure(self, process: subprocess.Popen[str], password: str) -> None:
        """Pass the configuration by a pipe: the password is in no file and in no list of processes."""
        assert process.stdin is not None  # noqa: S101  a pipe
        with suppress(BrokenPipeError):  # it has ended; waiting for it says so
            process.stdin.write(configuration(self._place.data, self._place.sockets, password))
            process.stdin.close()


@contextmanager
def _no_core_dumps() -> Iterator[None]:
    """Keep what is started from dumping core: that would hold the data."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


def _account_for(program: Program) -> Account:
    """Return nobody or the server's own user where they can run the program, else our own user."""
    try:
        account = Account.unprivileged(program.flavour)
        subprocess.run(
            [program.path, "--version"],
            check=True,
            capture_output=True,
            cwd="/",
            env=program.environment(),
            **account.process_options(),
        )
    except (OSError, subprocess.CalledProcessError, SandboxError):
        return Account()
    return account
