"""Real servers of Redis and Valkey that live for a test and leave nothing behind."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis, exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.support.redis_programs import DEFAULT_REDIS, RedisProgram, redis_program
from tests.support.servers import ServerError, free_port

Config = str | int | list[str]
_DEFAULTS: dict[str, Config] = {
    "bind": "127.0.0.1",
    "save": '""',
    "appendonly": "no",
    "repl-diskless-sync-delay": 0,
    "loglevel": "notice",
}
_STARTED_WITHIN = 30.0


class RunningRedis:
    """A server of ours, on a port of 127.0.0.1 and a Unix socket.

    program: which one it is.
    home: its folder, with its log and whatever it saves.
    config: lines of redis.conf; a list has a line for each of its values.
    """

    def __init__(self, program: RedisProgram, home: Path, config: Mapping[str, Config]) -> None:
        self.program = program
        self.home = home
        self.port = free_port()
        self.socket = home / "socket"
        self.password = str(config["requirepass"]) if "requirepass" in config else None
        ours: dict[str, Config] = {"port": self.port, "unixsocket": str(self.socket), "dir": str(home)}
        self._write_config({**_DEFAULTS, **ours, **config})
        self._guardian = subprocess.Popen(
            ["/bin/sh", str(Path(__file__).with_name("redis_guardian.sh")), str(home), str(program.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the tests, which then let the guardian go
            cwd="/",
            text=True,
        )
        self._process: int | None = None

    @property
    def url(self) -> str:
        """Its address by TCP, without a password."""
        return f"redis://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        """Its address by the Unix socket, without a password."""
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int:
        """Return the running server's process id."""
        if self._process is None:
            raise ServerError(f"{self.program} is not running")
        return self._process

    @property
    def log(self) -> str:
        """The server's log up to now."""
        return (self.home / "log").read_text(errors="replace")

    def client(self, database: int = 0, **options: Any) -> Redis:
        """Return a client over the Unix socket, as the default user unless options say otherwise."""
        given = {"password": self.password, **options}
        return Redis(unix_socket_path=str(self.socket), db=database, retry=_never_again(), **given)

    def start(self) -> None:
        """Start it, and wait until it answers; also again, on what it saved."""
        assert self._guardian.stdin is not None
        assert self._guardian.stdout is not None
        self._guardian.stdin.write("start\n")
        self._guardian.stdin.flush()
        self._process = int(self._guardian.stdout.readline())
        self._wait_for_answer()

    def stop(self) -> None:
        """Shut it down in order, saving nothing."""
        with self.client() as client:
            client.shutdown(nosave=True)
        self._wait_for_end()

    def kill(self) -> None:
        """Kill it at once, as a lost machine would go."""
        os.kill(self.pid, signal.SIGKILL)
        self._wait_for_end()

    def empty(self) -> None:
        """Remove every key and function."""
        with self.client() as client:
            client.flushall()
            if self.program.version >= (7, 0):
                client.function_flush()

    def remove(self) -> None:
        """Kill it and remove its folder."""
        self._guardian.communicate()  # closes its standard input
        shutil.rmtree(self.home, ignore_errors=True)

    def _write_config(self, config: Mapping[str, Config]) -> None:
        values = ((name, value if isinstance(value, list) else [value]) for name, value in config.items())
        lines = [f"{name.replace('_', '-')} {one}\n" for name, several in values for one in several]
        (self.home / "redis.conf").write_text("".join(lines))

    def _wait_for_answer(self) -> None:
        deadline = time.monotonic() + _STARTED_WITHIN
        while not self._answers():
            if _has_ended(self.pid, 0.005) or time.monotonic() > deadline:
                raise ServerError(f"{self.program} did not start: {self.log}")

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except exceptions.ConnectionError:
            return False
        except exceptions.RedisError:  # it wants a password that is not ours, or the default user is off
            return True

    def _wait_for_end(self) -> None:
        if not _has_ended(self.pid, _STARTED_WITHIN):
            raise ServerError(f"{self.program} did not end: {self.log}")
        self._process = None


@contextmanager
def running(name: str = DEFAULT_REDIS, **config: Config) -> Iterator[RunningRedis]:
    """Run a server, e.g. "redis-7.0"; config: lines of redis.conf, with _ for -."""
    # not $TMPDIR: a socket's path may have 107 bytes
    server = RunningRedis(
        redis_program(name), Path(tempfile.mkdtemp(prefix="scims-redis-", dir="/tmp")), config
    )
    try:
        server.start()
        yield server
    finally:
        server.remove()


def _has_ended(pid: int, within: float) -> bool:
    """Wait for the end of a process that need not be a child of ours; within: seconds."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], within)[0])
    finally:
        os.close(process)


def _never_again() -> Retry:
    return Retry(NoBackoff(), 0)
