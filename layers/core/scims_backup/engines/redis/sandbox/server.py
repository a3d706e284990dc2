"""A throwaway server on a Unix socket, a child of this process."""

from __future__ import annotations

import os
import resource
import secrets
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from scims_backup.adapters.processes.accounts import Account
from scims_backup.adapters.processes.children import child
from scims_backup.adapters.processes.sandbox_directory import SandboxDirectory, new_place
from scims_backup.adapters.processes.tethered import tethered
from scims_backup.adapters.processes.uninterrupted import uninterrupted
from scims_backup.domain.errors import OperationFailedError, SandboxError
from scims_backup.engines.redis.programs import Program
from scims_backup.engines.redis.sandbox import server_log
from scims_backup.engines.redis.sandbox.configuration import SOCKET, configuration
from scims_backup.engines.redis.sandbox.loading import Loading
from scims_backup.engines.redis.sandbox.memory import check_room
from scims_backup.engines.redis.sandbox.primary import LOOPBACK, Primary, free_port

_READY_SECONDS = 60
_LOOK_AGAIN_SECONDS = 0.01
_ANSWER_SECONDS = 300
_END_SECONDS = 10
"""A process that has much memory takes a while to end."""
_ALIVE_SECONDS = 10
_PORTS_TRIED = 20
_LOG_BYTES = 64 * 1024
_REACH = "let the server's user enter that directory, or set SCIMS_SANDBOX_DIR to another one"


class RunningServer:
    """One server; `stop` may be called at any time, and more than once.

    version: of the program, e.g. `7.0.15`.
    """

    def __init__(self, place: SandboxDirectory, program: Program) -> None:
        self.program, self.version = program, program.version
        self._place = place
        self._password = secrets.token_hex(32)
        self._running = ExitStack()
        self._process: subprocess.Popen[str] | None = None
        self._is_promoted = False
        self._was_stopped = False

    @property
    def socket(self) -> Path:
        """The path of its socket."""
        return self._place.sockets / SOCKET

    @property
    def is_loaded(self) -> bool:
        """Whether it has loaded an RDB, all of it."""
        return self._is_promoted

    def url_for_others(self, database: int = 0) -> str:
        """Return a URL for programs that may not know unix://: by a port of loopback, opened now.

        Raise SandboxError if there is none.
        """
        for _ in range(_PORTS_TRIED):
            port = free_port()
            with self.client() as client, _asking("open a port on loopback"):
                try:
                    client.config_set("port", port)
                except redis.ResponseError:  # somebody took it meanwhile
                    continue
            return f"redis://:{self._password}@{LOOPBACK}:{port}/{database}"
        raise SandboxError("the sandbox's server found no free port on loopback", "drill again")

    def url(self, database: int = 0) -> str:
        """Return the URL of one of its databases; it contains the password."""
        return f"unix://:{self._password}@{quote(str(self.socket))}?db={database}"

    def client(self, database: int = 0, *, timeout: float = _ANSWER_SECONDS) -> redis.Redis:
        """Return a client of one of its databases; it connects when it is used, and never retries.

        timeout: how long it waits for an answer, in seconds.
        """
        return redis.Redis(
            unix_socket_path=str(self.socket),
            password=self._password,
            db=database,
            socket_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            client_name="scims-backup",
        )

    def start(self) -> None:
        """Start the server and wait until it answers. Raise SandboxError if it does not."""
        account = _account_for(self.program)
        for directory in (self._place.data, self._place.sockets):
            directory.mkdir(mode=0o700)
            account.own(directory)
        descriptor = os.open(self._place.log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as log, _no_core_dumps():
            process = self._process = self._started(account, log)
        self._running.enter_context(tethered(process.pid))
        self._configure(process)
        self._await_ready(process)

    def stop(self) -> None:
        """Kill the server, if it runs: it has nothing to save."""
        self._was_stopped = self._was_stopped or self._process is None or self._process.poll() is None
        self._running.close()

    @contextmanager
    def loading(self) -> Iterator[Loading]:
        """Load one RDB; a server that has not got all of it when the context ends is stopped.

        Raise SandboxError if the server does not ask for it.
        """
        process = self._process
        if process is None or process.poll() is not None:
            raise self.death() or SandboxError("the sandbox's server does not run", "drill again")
        with ExitStack() as way_out:
            primary = Primary()
            way_out.callback(primary.close)
            ended = os.pidfd_open(process.pid)
            way_out.callback(os.close, ended)
            # it would ask again, while the port is ours no longer
            way_out.callback(self._stop_unless_promoted)
            self._follow(primary)
            link = way_out.enter_context(primary.replica(ended))
            yield Loading(self, link)

    def promote(self) -> None:
        """End the replication: the server is a primary with what it has loaded. Raise SandboxError."""
        with self.client() as client, _asking("end the replication"):
            client.execute_command("REPLICAOF", "NO", "ONE")
            client.config_set("masterauth", "")
        self._is_promoted = True

    def keys(self) -> Mapping[int, int]:
        """Return how many keys each database has that has some. Raise SandboxError if it does not answer."""
        with self.client() as client, _asking("count its keys"):
            space: Mapping[str, Any] = client.info("keyspace")
        return {int(name.removeprefix("db")): int(one["keys"]) for name, one in space.items()}

    def has_loaded(self) -> bool:
        """Say whether the server, by its log, has loaded what it was sent."""
        return server_log.has_loaded(self.log())

    def why_refused(self) -> OperationFailedError:
        """Return why a server that let go of an RDB did so: it died, or says a reason in its log."""
        code = None if self._answers() else self._exit_code()
        if code is not None and code < 0:
            return self._death(code)
        return server_log.refused(self.log(), self.program)

    def death(self) -> SandboxError | None:
        """Return why the server has died; None if it lives, or was stopped by us."""
        if self._process is None or self._was_stopped or self._answers():
            return None
        code = self._exit_code()
        return None if code is None else self._death(code)

    def _death(self, code: int) -> SandboxError:
        return server_log.lacking(self.log(), self.program) or server_log.killed(self.program, code)

    def log(self) -> str:
        """Return the end of its log, which may quote keys."""
        with self._place.log.open("rb") as file:
            file.seek(max(0, self._place.log.stat().st_size - _LOG_BYTES))
            return file.read().decode(errors="replace")

    def _started(self, account: Account, log: IO[bytes]) -> subprocess.Popen[str]:
        try:
            return self._running.enter_context(
                child(
                    [str(self.program.path), "-"],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env=self.program.environment(),
                    **account.process_options(),
                )
            )
        except OSError as error:
            raise SandboxError(f"{self.program.path} cannot be run: {error.strerror}", _REACH) from error

    def _configure(self, process: subprocess.Popen[str]) -> None:
        """Pass the configuration by a pipe: the password is in no file and in no list of processes."""
        assert process.stdin is not None  # noqa: S101  a pipe
        with suppress(BrokenPipeError):  # it has ended; waiting for it says so
            process.stdin.write(configuration(self._place.data, self._place.sockets, self._password))
            process.stdin.close()

    def _await_ready(self, process: subprocess.Popen[str]) -> None:
        give_up = time.monotonic() + _READY_SECONDS
        while not self._answers():
            if process.poll() is not None:
                raise SandboxError(
                    f"{self.program.title} did not start (exit code {process.returncode}): "
                    f"{server_log.start_failure(self.log())}",
                    _REACH,
                )
            if time.monotonic() > give_up:
                raise SandboxError(
                    f"{self.program.title} did not answer within {_READY_SECONDS} seconds",
                    "try again when the machine is less busy",
                )
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_AGAIN_SECONDS)

    def _answers(self) -> bool:
        try:
            with self.client(timeout=_ALIVE_SECONDS) as client:
                return bool(client.ping())
        except (redis.BusyLoadingError, redis.ResponseError):  # it loads, or runs a script
            return True
        except redis.RedisError:
            return False

    def _follow(self, primary: Primary) -> None:
        with self.client() as client, _asking("begin the replication"):
            client.config_set("masteruser", primary.user)
            client.config_set("masterauth", primary.password)
            client.execute_command("REPLICAOF", primary.host, primary.port)

    def _stop_unless_promoted(self) -> None:
        if not self._is_promoted:
            self.stop()

    def _exit_code(self) -> int | None:
        """Return the exit code of a server that has ended or is about to; None if it lives on."""
        assert self._process is not None  # noqa: S101  it was started
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        return self._process.returncode


@contextmanager
def sandbox_server(
    program: Program, root: Path | None, bytes_needed: int, environment: Mapping[str, str] | None = None
) -> Iterator[RunningServer]:
    """Run a server in a new place; both are gone when the context ends.

    root: the directory to work in; None for the system's own.
    bytes_needed: what its data will take in memory.
    environment: says how much memory a Lambda function has; None for that of this process.
    Raise SandboxError if there is not enough memory, or it does not start.
    """
    check_room(bytes_needed, os.environ if environment is None else environment)
    with new_place(root) as place:
        server = RunningServer(place, program)
        try:
            server.start()
            yield server
        finally:
            uninterrupted(server.stop)


@contextmanager
def _no_core_dumps() -> Iterator[None]:
    """Keep what is started from dumping core: that would hold the data."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


@contextmanager
def _asking(what: str) -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise SandboxError(
            f"the sandbox's server did not {what}: {type(error).__name__}", "drill again"
        ) from error


def _account_for(program: Program) -> Account:
    """Return nobody or the server's own user where they can run the program, else our own user."""
    account = Account.unprivileged(program.flavour)
    try:
        subprocess.run(
            [program.path, "--version"],
            check=True,
            capture_output=True,
            cwd="/",
            env=program.environment(),
            **account.process_options(),
        )
    except (OSError, subprocess.CalledProcessError):
        return Account()
    return account
