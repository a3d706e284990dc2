"""A throwaway server on a Unix socket, a child of this process."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from scims_backup.adapters.processes.sandbox_directory import SandboxDirectory, new_place
from scims_backup.adapters.processes.uninterrupted import uninterrupted
from scims_backup.domain.errors import OperationFailedError, SandboxError
from scims_backup.engines.redis.connect.server_facts import keys_in
from scims_backup.engines.redis.programs import Program
from scims_backup.engines.redis.sandbox import server_log
from scims_backup.engines.redis.sandbox.configuration import SOCKET
from scims_backup.engines.redis.sandbox.loading import Loading
from scims_backup.engines.redis.sandbox.memory import check_room
from scims_backup.engines.redis.sandbox.primary import LOOPBACK, Primary, free_port
from scims_backup.engines.redis.sandbox.process import REACH, ServerProcess

_READY_SECONDS = 60
_LOOK_AGAIN_SECONDS = 0.01
_ANSWER_SECONDS = 300
_ALIVE_SECONDS = 10
_PORTS_TRIED = 20


class RunningServer:
    """One server; `stop` may be called at any time, and more than once."""

    def __init__(self, place: SandboxDirectory, program: Program) -> None:
        self.program = program
        self._place = place
        self._password = secrets.token_hex(32)
        self._process = ServerProcess(place, program)
        self._is_promoted = False

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
        self._process.start(self._password)
        give_up = time.monotonic() + _READY_SECONDS
        while not self._answers():
            code = self._process.wait(_LOOK_AGAIN_SECONDS)
            if code is not None:
                why = server_log.start_failure(self._process.log())
                raise SandboxError(f"{self.program.title} did not start (exit code {code}): {why}", REACH)
            if time.monotonic() > give_up:
                raise SandboxError(
                    f"{self.program.title} did not answer within {_READY_SECONDS} seconds",
                    "try again when the machine is less busy",
                )

    def stop(self) -> None:
        """Kill the server, if it runs."""
        self._process.stop()

    @contextmanager
    def loading(self) -> Iterator[Loading]:
        """Load one RDB; a server that has not got all of it when the context ends is stopped.

        Raise SandboxError if the server does not ask for it.
        """
        if not self._process.runs():
            raise self.death() or SandboxError("the sandbox's server does not run", "drill again")
        with ExitStack() as way_out:
            primary = Primary()
            way_out.callback(primary.close)
            ended = os.pidfd_open(self._process.pid)
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
            return keys_in(client.info("keyspace"))

    def has_loaded(self) -> bool:
        """Say whether the server, by its log, has loaded what it was sent."""
        return server_log.has_loaded(self._process.log())

    def why_refused(self) -> OperationFailedError:
        """Return why a server that dropped an RDB did so: it died, or gives a reason in its log."""
        code = None if self._answers() else self._process.wait()
        if code is not None and code < 0:
            return self._death(code)
        return server_log.refused(self._process.log(), self.program)

    def death(self) -> SandboxError | None:
        """Return why the server has died; None if it lives, was not started, or was stopped by us."""
        if self._process.was_stopped or self._answers():
            return None
        code = self._process.wait()
        return None if code is None else self._death(code)

    def _death(self, code: int) -> SandboxError:
        return server_log.lacking(self._process.log(), self.program) or server_log.killed(self.program, code)

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
def _asking(what: str) -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise SandboxError(
            f"the sandbox's server did not {what}: {type(error).__name__}", "drill again"
        ) from error
