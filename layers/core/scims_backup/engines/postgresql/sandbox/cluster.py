"""A throwaway PostgreSQL server on a Unix socket, a child of this process."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cached_property
from typing import Any

import psycopg

from scims_backup.adapters.processes.accounts import Account
from scims_backup.adapters.processes.children import child
from scims_backup.adapters.processes.sandbox_directory import SandboxDirectory
from scims_backup.domain.errors import SandboxError
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.identity import Identity
from scims_backup.engines.postgresql.connect.libpq import opened
from scims_backup.engines.postgresql.connect.postgres_errors import scrubbed
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.rules.proof import Server
from scims_backup.engines.postgresql.targets.own_server import LOG_PREFIX

_STATE = re.compile(r"^\w{5} ", re.MULTILINE)

MADE_BY_INITDB = ("postgres", "template1")

_READY_SECONDS = 120
_INITDB_SECONDS = 300
_STOP_SECONDS = 10
_LOOK_AGAIN_SECONDS = 0.02
_LOG_LINES = 8
_ROOM = "make room in the sandbox directory, or set SCIMS_SANDBOX_DIR to another one"
_REACH = "make room there and let the server's user access it, or set SCIMS_SANDBOX_DIR to another directory"
_SETTINGS = {
    # nothing here outlives the drill
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    # nobody but us, and nothing to the outside
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_logical_replication_workers": "0",
    "restart_after_crash": "off",
    "jit": "off",
    # many tables at once; a container's /dev/shm may hold only 64 MB
    "max_connections": "40",
    "max_locks_per_transaction": "1024",
    "maintenance_work_mem": "128MB",
    "dynamic_shared_memory_type": "mmap",
    # a log without row values
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_line_prefix": f"{LOG_PREFIX} ",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "lc_messages": "C",
}
_NO_PASSWORDS = "no-passwords"
"""What libpq looks for in our home directory is not meant for the sandbox: it finds no file of this name."""


class Cluster:
    """One server of the source's major; `stop` may be called at any time, and more than once."""

    def __init__(
        self, place: SandboxDirectory, programs: ClientPrograms, account: Account, like: Server
    ) -> None:
        self.programs = programs
        self.account = account
        self.like = like
        self._place = place
        self._running = ExitStack()
        self._process: subprocess.Popen[str] | None = None

    def initialise(self) -> None:
        """Make the data directory with the source's bootstrap role and encoding. Raise SandboxError."""
        self._make_directories()
        arguments = [
            self.programs.program("initdb"),
            f"--pgdata={self._place.data}",
            f"--username={self.like.bootstrap_role}",
            f"--encoding={self.like.encoding}",
            "--locale=C",
            "--auth=trust",
            "--no-sync",
            "--no-instructions",
        ]
        if self.like.major >= 18:  # noqa: PLR2004  # where checksums became the default
            arguments.append("--no-data-checksums")
        self._run_initdb(arguments)

    def start(self, preloading: Mapping[str, str]) -> None:
        """Start the server and wait until it answers. Raise SandboxError if it does not.

        preloading: settings for what it preloads; where it does not start with them, it starts without.
        """
        try:
            self._start(preloading)
        except SandboxError:
            if not preloading:
                raise
            self.stop()
            self._start({})

    def _start(self, preloading: Mapping[str, str]) -> None:
        settings = {**_SETTINGS, **preloading, "unix_socket_directories": str(self._place.sockets)}
        arguments = [self.programs.program("postgres"), "-D", str(self._place.data)]
        arguments += [f"--{name}={value}" for name, value in settings.items()]
        with self._place.log.open("wb") as log:
            self._process = self._running.enter_context(
                child(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.process_options())
            )
        self._await_ready(self._process)

    def stop(self) -> None:
        """Stop the server at once, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
        self._running.close()

    @property
    def maintenance_database(self) -> str:
        """A database to connect to that is not the source's namesake."""
        return next(name for name in MADE_BY_INITDB if name != self.like.database)

    def connection(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect with autocommit, as the bootstrap role."""
        return opened(**{**self.address(database).connect_arguments(), "connect_timeout": "5"})

    def address(self, database: str) -> Address:
        """Where one of its databases is, as the bootstrap role; our environment has no say in it."""
        here = {
            "host": str(self._place.sockets),
            "port": "5432",
            "dbname": database,
            "user": self.like.bootstrap_role,
            "passfile": str(self._place.directory / _NO_PASSWORDS),
        }
        return Address(here, filled={}, identity=Identity(self._identifier))

    def process_options(self) -> dict[str, Any]:
        """How to run a program beside the server: as its user, and without the secrets of our environment."""
        return {"env": self.programs.bare_environment(), "cwd": "/", **self.account.process_options()}

    def check_alive(self, *, lost: bool) -> None:
        """Raise SandboxError with the log's last lines if the server has died, or is about to.

        lost: a connection was: where one process of a server crashes the server ends soon, but still answers.
        """
        process = self._process
        if process is None or (not lost and self._answers()):
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        self._refuse_dead(process)

    @cached_property
    def _identifier(self) -> int:
        """The number that initdb gave the cluster: the first eight bytes of its control file."""
        with (self._place.data / "global" / "pg_control").open("rb") as control:
            return int.from_bytes(control.read(8), sys.byteorder, signed=True)

    def _refuse_dead(self, process: subprocess.Popen[str]) -> None:
        if process.poll() is not None:
            raise SandboxError(
                f"the sandbox's server died (exit code {process.returncode}): {self._last_words()}", _ROOM
            )

    def _make_directories(self) -> None:
        try:
            for directory in (self._place.data, self._place.sockets):
                directory.mkdir(mode=0o700)
                self.account.own(directory)
        except OSError as error:
            raise SandboxError(
                f"no server can be started in {self._place.directory}: {error.strerror}", _REACH
            ) from error

    def _run_initdb(self, arguments: list[str]) -> None:
        try:
            done = self._finished(arguments)
        except OSError as error:
            raise SandboxError(
                f"initdb cannot be run from {self.programs.directory}: {error.strerror}",
                "let the server's user enter that directory",
            ) from error
        if done.returncode != 0:
            raise SandboxError(
                f"initdb failed in {self._place.directory}: {' '.join(scrubbed(done.stderr).split())}", _REACH
            )

    def _finished(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        # killed in its work, it would leave a segment of shared memory behind
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        with child(arguments, grace_seconds=_STOP_SECONDS, **pipes, **self.process_options()) as process:
            try:
                _, errors = process.communicate(timeout=_INITDB_SECONDS)
            except subprocess.TimeoutExpired as error:
                raise SandboxError(
                    f"initdb did not finish within {_INITDB_SECONDS} seconds", _ROOM
                ) from error
            return subprocess.CompletedProcess(arguments, process.returncode, "", errors)

    def _await_ready(self, process: subprocess.Popen[str]) -> None:
        give_up = time.monotonic() + _READY_SECONDS
        while not self._answers():
            self._refuse_dead(process)
            if time.monotonic() > give_up:
                raise SandboxError(
                    f"the sandbox's server did not answer within {_READY_SECONDS} seconds: "
                    f"{self._last_words()}",
                    "try again when the machine is less busy",
                )
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_AGAIN_SECONDS)

    def _answers(self) -> bool:
        try:
            self.connection(self.maintenance_database).close()
        except psycopg.OperationalError:
            return False
        return True

    def _last_words(self) -> str:
        log = _STATE.sub("", self._place.log.read_text(errors="replace"))
        lines = scrubbed(log).splitlines()
        return " / ".join(lines[-_LOG_LINES:]) or "it left no message"
