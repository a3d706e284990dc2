"""A throwaway PostgreSQL server on a Unix socket; it is gone when its context ends."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from demo.shell import StoryError
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms

MAJOR = 15
_READY_SECONDS = 60
_STOP_SECONDS = 20
_UNPRIVILEGED = ("postgres", "nobody")
_SETTINGS = {
    "listen_addresses": "",  # nobody but us: the Unix socket only
    "fsync": "off",  # and nothing here is meant to last
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "jit": "off",
}


class ThrowawayServer:
    """A fresh cluster in a new directory; when we are root, whom PostgreSQL refuses, another user runs it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        chosen = os.environ.get("SCIMS_POSTGRESQL_BIN")  # as scims-backup itself, which runs beside
        self.programs = ClientPrograms.find_server(MAJOR, Path(chosen) if chosen else None)
        self._log = home.parent / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.home.mkdir(mode=0o700)
        user = _server_user()
        if user is not None:
            shutil.chown(self.home, user)
        try:
            self._initialise()
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def connect(self, database: str, user: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """Connect with autocommit."""
        return psycopg.connect(host=str(self.home), dbname=database, user=user, autocommit=True)

    def _initialise(self) -> None:
        arguments = [
            "initdb",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
            "--auth=trust",
            "--username=postgres",
        ]
        with self._log.open("ab") as log:
            done = subprocess.run(
                [*self._command(arguments), f"--pgdata={self.home}/data"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
                **self._options(),
            )
        if done.returncode != 0:
            raise StoryError(f"initdb failed: {self._last_words()}")

    def _start(self) -> None:
        settings = {**_SETTINGS, "unix_socket_directories": str(self.home)}
        arguments = [
            "postgres",
            "-D",
            f"{self.home}/data",
            *(f"--{key}={value}" for key, value in settings.items()),
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C is for the story, which then stops the server itself
                **self._options(),
            )
        self._await_ready(self._process)

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        last = time.monotonic() + _READY_SECONDS
        while process.poll() is None and time.monotonic() < last:
            try:
                self.connect("postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise StoryError(f"the PostgreSQL server did not start: {self._last_words()}")

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT)  # at once: nothing is kept
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _command(self, arguments: list[str]) -> list[str]:
        program, *rest = arguments
        return [self.programs.program(program), *rest]

    def _options(self) -> dict[str, Any]:
        user = _server_user()
        account: dict[str, Any] = {}
        if user is not None:
            account = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
        return {"cwd": "/", "env": self.programs.environment(), **account}

    def _last_words(self) -> str:
        return " ".join(self._log.read_text(errors="replace").splitlines()[-3:])


def _server_user() -> str | None:
    """The user to run the server as: our own (None), unless that is root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in _UNPRIVILEGED:
        if name in names:
            return name
    raise StoryError("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
