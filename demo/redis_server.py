"""A throwaway Redis on a Unix socket; it is gone when its context ends."""

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from redis import Redis

from demo.shell import StoryError
from localcloud.errors import LocalCloudError
from localcloud.places import redis_server
from localcloud.redis_process import await_redis, populate, version_of

_SETTINGS = {
    "port": "0",  # nobody but us: the Unix socket only
    "save": "",
    "appendonly": "no",
    "repl-diskless-sync-delay": "0",  # a backup need not wait for further replicas
}


def redis_program() -> Path:
    """Return the server's program. Raise StoryError if there is none."""
    try:
        return redis_server()
    except LocalCloudError as error:
        raise StoryError(str(error)) from None


class ThrowawayRedis:
    """A server in a directory of its own; it loads the dump.rdb that is in there.

    home: is made if it is missing.
    """

    def __init__(self, home: Path) -> None:
        self.program = redis_program()
        self._home = home
        self.socket = home / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._home.mkdir(mode=0o700, exist_ok=True)
        settings = {**_SETTINGS, "dir": str(self._home), "unixsocket": str(self.socket)}
        with (self._home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self.program, *(word for name, value in settings.items() for word in (f"--{name}", value))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C is for the story, which then stops the server itself
            )
        try:
            self._await_ready(self._process)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def version(self) -> str:
        """What it is, e.g. `Redis 7.0.15`."""
        return " ".join(version_of(self.program))

    def connect(self) -> Redis:
        """Connect to its first database."""
        return Redis(unix_socket_path=str(self.socket))

    def fill(self, users: int) -> int:
        """Put in what SCIMS keeps in Redis for a number of users; return the number of keys."""
        with self.connect() as client:
            populate(client, users)
            return sum(int(space["keys"]) for space in client.info("keyspace").values())

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        try:
            await_redis(process, self.connect, self._home / "log")
        except LocalCloudError as error:
            raise StoryError(str(error)) from None

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()  # at once: nothing is kept
            self._process.wait()
