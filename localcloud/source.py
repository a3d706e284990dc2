"""A SCIMS database to back up: a PostgreSQL server that asks for passwords, and its secrets."""

import contextlib
import json
import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg

from localcloud.errors import LocalCloudError
from localcloud.kept import end_kept, start_kept
from localcloud.places import ROOT, free_ports
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms

MAJOR = 15
DATABASE = "scims"
ROLE = "scims_backup"
_READY_SECONDS = 60
_UNPRIVILEGED = "nobody"
_SCHEMA = ("demo/schema.sql", "demo/populate.sql")
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",  # nothing here is meant to last
    "full_page_writes": "off",
    "jit": "off",
    "ssl": "on",  # as on RDS, whose secret says nothing of it
}


class Source:
    """A fresh cluster with the SCIMS schema, filled; run by an unprivileged user also when we are root.

    home: a folder to make; everybody must be able to enter the one that it is in. users: of SCIMS; nine
    rows for each.
    """

    def __init__(self, home: Path, users: int) -> None:
        chosen = os.environ.get("SCIMS_POSTGRESQL_BIN")  # as scims-backup itself, which runs beside
        self.programs = ClientPrograms.find_server(MAJOR, Path(chosen) if chosen else None)
        (self.port,) = free_ports(1)
        self._home = home
        self._users = users
        self._superuser_password = secrets.token_urlsafe(12)
        self.password = secrets.token_urlsafe(12)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; fill makes the database. Raise LocalCloudError if it does not come up."""
        self._home.mkdir()
        password = self._home / "password"
        password.write_text(self._superuser_password)
        if os.geteuid() == 0:
            self._give_away(self._home)
            self._give_away(password)
        options = ["--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"]
        self._run(
            "initdb", *options, "--username=postgres", f"--pwfile={password}", f"--pgdata={self._home}/data"
        )
        self._certify()
        settings = {**_SETTINGS, "port": self.port, "unix_socket_directories": ""}
        arguments = [f"--{name}={value}" for name, value in settings.items()]
        with (self._home / "log").open("wb") as log:
            self._process = start_kept(
                self._as_somebody("postgres", "-D", f"{self._home}/data", *arguments),
                self.programs.environment(),
                cwd=Path("/"),
                output=log,
            )

    def fill(self) -> None:
        """Wait for the server, and create the database and the role that backs it up."""
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())
            connection.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{self.password}'".encode())
            connection.execute(f"GRANT pg_read_all_data TO {ROLE}".encode())
        with self.connect() as connection:
            for file in _SCHEMA:
                connection.execute((ROOT / file).read_bytes())
            connection.execute("SELECT pg_temp.populate_scims(%s)", [self._users])
            connection.execute("ANALYZE")

    def connect(self, database: str = DATABASE) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect as the superuser, with autocommit; wait for a server that only just starts."""
        assert self._process is not None  # noqa: S101  start comes first
        for _ in range(_READY_SECONDS * 20):
            try:
                return psycopg.connect(
                    host="127.0.0.1",
                    port=self.port,
                    dbname=database,
                    user="postgres",
                    password=self._superuser_password,
                    autocommit=True,
                )
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    break
                _pause(self._process)
        raise LocalCloudError(f"PostgreSQL did not answer: {(self._home / 'log').read_text()[-2000:]}")

    def secret(self) -> str:
        """The backup role's secret in the JSON form that RDS keeps in Secrets Manager."""
        return json.dumps(
            {
                "engine": "postgres",
                "host": "127.0.0.1",
                "port": self.port,
                "dbname": DATABASE,
                "username": ROLE,
                "password": self.password,
            }
        )

    def administrator(self) -> str:
        """The superuser's secret, with the database's address."""
        url = f"postgresql://postgres@127.0.0.1:{self.port}/{DATABASE}?sslmode=require"
        return json.dumps({"url": url, "password": self._superuser_password})

    def stop(self) -> None:
        """End it; nothing is kept."""
        if self._process is not None:
            end_kept(self._process)
            self._process = None

    def _certify(self) -> None:
        """Give the server a key and a certificate in its data directory."""
        self._run(
            *(
                str(shutil.which("openssl")),
                "req",
                "-new",
                "-x509",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
            ),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-keyout", f"{self._home}/data/server.key", "-out", f"{self._home}/data/server.crt"),
        )

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            self._as_somebody(*command),
            env=self.programs.environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LocalCloudError(f"{command[0]} failed: {done.stderr}")

    def _as_somebody(self, program: str, *arguments: str) -> list[str]:
        """The command, run by somebody whom PostgreSQL takes."""
        command = [self.programs.program(program), *arguments]
        if os.geteuid() != 0:
            return command
        return [
            "setpriv",
            f"--reuid={_UNPRIVILEGED}",
            f"--regid={_group()}",
            "--clear-groups",
            "--",
            *command,
        ]

    @staticmethod
    def _give_away(path: Path) -> None:
        os.chown(path, pwd.getpwnam(_UNPRIVILEGED).pw_uid, _group())


def _group() -> int:
    return pwd.getpwnam(_UNPRIVILEGED).pw_gid


def _pause(process: subprocess.Popen[bytes]) -> None:
    """Give a server a moment, and less if it ends."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.05)
