"""Run a server beside the tests, and end it with them."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from localcloud.kept import end_kept, start_kept

_DEADLINE = 60.0
"""Seconds: LocalStack takes up to eight on a machine that does nothing else."""


class S3ServerError(Exception):
    """A server for the tests could not be started."""


@contextmanager
def running(
    command: Callable[[Path], Sequence[str]], environment: Mapping[str, str], is_up: Callable[[], bool]
) -> Iterator[None]:
    """Run a server until the context ends, or this process does, however it does.

    command: what to run, given the directory that is the server's own. environment: its whole environment.
    Raise S3ServerError with its log if it does not come up.
    """
    home = Path(tempfile.mkdtemp(prefix="scims-s3-", dir="/tmp"))  # short: it holds Unix sockets
    own = {"PATH": "/usr/bin:/bin", "HOME": str(home), **environment}
    with (home / "log").open("wb") as log:
        server = start_kept(command(home), own, cwd=home, folder=home, output=log)
    try:
        _await(is_up, home / "log")
        yield
    finally:
        end_kept(server)


def _await(is_up: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + _DEADLINE
    while not is_up():
        if time.monotonic() > deadline:
            raise S3ServerError(f"the server did not come up: {log.read_text(errors='replace')}")
        time.sleep(0.05)
