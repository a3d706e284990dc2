"""A PostgreSQL server that asks for passwords and speaks TLS, run by an unprivileged user."""

import contextlib
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
from localcloud.listening import address
from localcloud.places import free_ports
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms

_READY_SECONDS = 60
_UNPRIVILEGED = "nobody"
_SETTINGS = {
    "fsync": "off",  # nothing here is meant to last
    "full_page_writes": "off",
    "jit": "off",
    "ssl": "on",  # as on RDS, whose secret says nothing of it
}


class PostgresCluster:
    """A fresh cluster on a port of the cloud's address.

    home: a folder to make; everybody must be able to enter the one that it is in.
    superuser: the first role's name.
    """

    def __init__(self, home: Path, programs: ClientPrograms, superuser: str) -> None:
        (self.port,) = free_ports(1)
        self.superuser, self.password = superuser, secrets.token_urlsafe(12)
        self._home, self._programs = home, programs
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; `connect` waits for it. Raise LocalCloudError if it cannot be made."""
        self._home.mkdir()
        password = self._home / "password"
        password.write_text(self.password)
        if os.geteuid() == 0:
            self._give_away(self._home)
            self._give_away(password)
        options = ["--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"]
        self._run(
            "initdb",
            *options,
            f"--username={self.superuser}",
            f"--pwfile={password}",
            f"--pgdata={self._home}/data",
        )
        with (self._home / "data/pg_hba.conf").open("a") as file:
            file.write("host all all samenet scram-sha-256\n")
        self._certify()
        settings = {
            **_SETTINGS,
            "listen_addresses": address(),
            "port": self.port,
            "unix_socket_directories": "",
        }
        arguments = [f"--{name}={value}" for name, value in settings.items()]
        with (self._home / "log").open("wb") as log:
            self._process = start_kept(
                self._as_somebody("postgres", "-D", f"{self._home}/data", *arguments),
                self._programs.environment(),
                cwd=Path("/"),
                output=log,
            )

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """Connect as the superuser, with autocommit; wait for a server that only just starts."""
        assert self._process is not None  # noqa: S101  start comes first
        for _ in range(_READY_SECONDS * 20):
            try:
                return psycopg.connect(
                    host=address(),
                    port=self.port,
                    dbname=database,
                    user=self.superuser,
                    password=self.password,
                    autocommit=True,
                )
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    break
                _pause(self._process)
        raise LocalCloudError(f"PostgreSQL did not answer: {(self._home / 'log').read_text()[-2000:]}")

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
            env=self._programs.environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LocalCloudError(f"{command[0]} failed: {done.stderr}")

    def _as_somebody(self, program: str, *arguments: str) -> list[str]:
        """The command, run by somebody whom PostgreSQL takes."""
        command = [self._programs.program(program), *arguments]
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
