"""Real PostgreSQL servers that live for a test and leave nothing behind."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from tests.support.programs import DEFAULT_MAJOR, programs_of, programs_with_icu

SUPERUSER = "postgres"
_GUARDIAN = Path(__file__).with_name("guardian.sh")
_QUICK = {"fsync": "off", "full_page_writes": "off", "jit": "off"}


class ServerError(Exception):
    """A throwaway server could not be made."""


class PostgresServer:
    """A fresh cluster on a Unix socket, run by an unprivileged user also when the caller is root.

    settings: lines of postgresql.conf. locale: of the cluster. superuser: the bootstrap role's name.
    programs: their directory, if others than the major's own are meant.
    password: if given, the server also listens on 127.0.0.1, where everybody must show a password (SCRAM).
    environment: further variables for its programs, e.g. LOCPATH.
    """

    def __init__(
        self,
        major: int = DEFAULT_MAJOR,
        *,
        icu: bool = False,
        settings: Mapping[str, str] | None = None,
        locale: str = "C.UTF-8",
        superuser: str = SUPERUSER,
        password: str | None = None,
        programs: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.programs = programs or (programs_with_icu(major) if icu else programs_of(major))
        self.major = int(major)
        self.superuser = superuser
        self.password = password
        self.port = 5432 if password is None else free_port()
        self.home = Path("/nonexistent")
        self._locale = locale
        self._environment = {**os.environ, **(environment or {})}
        self._settings = {**_QUICK, **(settings or {})}
        self._guardian: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        # not $TMPDIR: a socket's path may have 107 bytes, and another user must be able to enter
        self.home = Path(tempfile.mkdtemp(prefix="scims-test-", dir="/tmp"))
        try:
            self._own(self.home)
            self._initialise()
            self._configure()
            self._start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    @property
    def data(self) -> Path:
        """The cluster's data directory."""
        return self.home / "data"

    @property
    def log(self) -> str:
        """The server's log up to now."""
        return (self.home / "log").read_text(errors="replace")

    def url(self, dbname: str = "postgres", user: str | None = None, **parameters: str) -> str:
        """Return a libpq URL over the Unix socket, never with a password; parameters are libpq's."""
        query = urlencode({"host": str(self.home), "port": str(self.port), **parameters}, quote_via=quote)
        return f"postgresql://{quote(user or self.superuser, safe='')}@/{quote(dbname, safe='')}?{query}"

    def tcp_url(self, dbname: str = "postgres", user: str | None = None) -> str:
        """Return a libpq URL over TCP, which wants a password from elsewhere."""
        if self.password is None:
            raise ServerError("this server does not listen on TCP: give it a password")
        address = f"127.0.0.1:{self.port}"
        return f"postgresql://{quote(user or self.superuser, safe='')}@{address}/{quote(dbname, safe='')}"

    def connect(
        self, dbname: str = "postgres", user: str | None = None, *, autocommit: bool = True, **parameters: str
    ) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect over the Unix socket; parameters are libpq's, e.g. application_name."""
        return psycopg.connect(self.url(dbname, user, **parameters), autocommit=autocommit)

    def execute(self, statements: str, dbname: str = "postgres", user: str | None = None) -> None:
        """Run one or more statements, outside a transaction if it is one."""
        with self.connect(dbname, user) as connection:
            connection.execute(statements.encode())

    def create_database(self, name: str, statements: str = "", *, options: str = "") -> str:
        """Create a database (options as in CREATE DATABASE), run statements in it and return its URL."""
        with self.connect() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), sql.SQL(options))
            )
        if statements:
            self.execute(statements, name)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database together with its connections, if it is there."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(sql.Identifier(name)))

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server in pg_ctl's mode smart, fast or immediate; its directory stays until the end."""
        self._run("pg_ctl", "stop", "--wait", "--silent", f"--mode={mode}", f"--pgdata={self.data}")

    def start_again(self) -> None:
        """Start the stopped server on the same data."""
        self._run(
            "pg_ctl", "start", "--wait", "--silent", f"--pgdata={self.data}", f"--log={self.home / 'log'}"
        )

    def _initialise(self) -> None:
        arguments = [
            "--no-sync",
            "--encoding=UTF8",
            f"--locale={self._locale}",
            f"--username={self.superuser}",
        ]
        arguments += ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pgdata={self.data}"]
        if self.password is not None:
            secret = self.home / "superuser"
            secret.write_text(self.password)
            self._own(secret)
            arguments.append(f"--pwfile={secret}")
        self._run("initdb", *arguments)

    def _configure(self) -> None:
        settings = {
            "unix_socket_directories": str(self.home),
            "port": str(self.port),
            "listen_addresses": "" if self.password is None else "127.0.0.1",
            **self._settings,
        }
        quoted = ((name, value.replace("'", "''")) for name, value in settings.items())
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in quoted)

    def _start(self) -> None:
        self._guardian = subprocess.Popen(
            ["/bin/sh", str(self._installed_guardian()), str(self.programs), str(self.home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the tests, which then let the guardian go
            cwd="/",
            text=True,
            env=self._environment,
            **unprivileged(),
        )
        assert self._guardian.stdout is not None
        if self._guardian.stdout.readline() != "ready\n":
            raise ServerError(f"PostgreSQL {self.major} did not start: {self.log}")

    def _installed_guardian(self) -> Path:
        script = self.home / "guardian.sh"  # the checkout may lie where another user cannot read
        shutil.copyfile(_GUARDIAN, script)
        self._own(script)
        return script

    def _remove(self) -> None:
        if self._guardian is not None:
            self._guardian.communicate()  # closes its standard input
            self._guardian = None
        if self.home.exists():
            shutil.rmtree(self.home)

    def _run(self, program: str, *arguments: str) -> None:
        # to a file: a server that pg_ctl starts would hold a pipe open
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(self.programs / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                check=False,
                env=self._environment,
                **unprivileged(),
            )
            output.seek(0)
            if done.returncode != 0:
                raise ServerError(f"{program} exited {done.returncode}: {output.read()}")

    def _own(self, path: Path) -> None:
        own(path)


def own(path: Path) -> None:
    """Give a file or directory to the user as whom servers run."""
    if os.geteuid() == 0:
        shutil.chown(path, "nobody", _group_of_nobody())
    path.chmod(0o755 if path.is_dir() else 0o600)


def unprivileged() -> dict[str, Any]:
    """Return how to start a program that refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    groups: Sequence[str] = []
    return {"user": "nobody", "group": _group_of_nobody(), "extra_groups": groups}


def _group_of_nobody() -> int:
    return pwd.getpwnam("nobody").pw_gid


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
