"""A real pgbouncer before a throwaway server."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import pytest

from tests.support.servers import PostgresServer, free_port, own, unprivileged

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
MODES = ("session", "transaction", "statement")
_READY_SECONDS = 20


class Pooler:
    """One pgbouncer; a database of the server is offered once in each mode, as `mode_database`.

    settings: of pgbouncer.ini, beside those that are always given.
    """

    def __init__(
        self, server: PostgresServer, database: str, settings: Mapping[str, str] | None = None
    ) -> None:
        self._server, self._database = server, database
        self._settings = dict(settings or {})
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if PROGRAM is None:
            pytest.skip("pgbouncer is not on this machine: apt-get install pgbouncer")
        self._home = Path(tempfile.mkdtemp(prefix="scims-pooler-", dir="/tmp"))
        own(self._home)
        users = self._home / "users"
        users.write_text(f'"{self._server.superuser}" ""\n')
        own(users)
        configuration = self._home / "pgbouncer.ini"
        configuration.write_text(self._configuration(users))
        own(configuration)
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", PROGRAM, "--quiet", str(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **unprivileged(),
        )
        self._await_ready()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._home)

    def url(self, mode: str) -> str:
        """Where the database is in a mode."""
        return f"postgresql://{self._server.superuser}@127.0.0.1:{self.port}/{mode}_{self._database}"

    @property
    def log(self) -> str:
        """What pgbouncer said up to now."""
        return (self._home / "log").read_text(errors="replace")

    def _configuration(self, users: Path) -> str:
        behind = f"host={self._server.home} port={self._server.port} dbname={self._database}"
        settings = {
            "listen_addr": "127.0.0.1",
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": str(users),
            "logfile": str(self._home / "log"),
            "default_pool_size": "8",
            **self._settings,
        }
        lines = [f"{mode}_{self._database} = {behind} pool_mode={mode}" for mode in MODES]
        lines.append(f"postgres = {behind.replace(f'dbname={self._database}', 'dbname=postgres')}")
        return "\n".join(
            ["[databases]", *lines, "[pgbouncer]", *(f"{k} = {v}" for k, v in settings.items()), ""]
        )

    def _await_ready(self) -> None:
        # a connection that is refused is tried again by libpq's own list of hosts
        assert self._process is not None
        for _ in range(_READY_SECONDS * 20):
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.url("session")).close()
                return
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
                break
        raise AssertionError(f"pgbouncer did not start: {self.log}")
