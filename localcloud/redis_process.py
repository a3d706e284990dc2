"""What every Redis that we start has in common: when it answers, what it is, and what SCIMS keeps there."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from redis import Redis
from redis.exceptions import BusyLoadingError
from redis.exceptions import ConnectionError as NotConnectedError

from localcloud.errors import LocalCloudError
from localcloud.places import ROOT

_READY_SECONDS = 20
_POPULATE = ROOT / "demo/populate.lua"


def await_redis(process: subprocess.Popen[bytes], connect: Callable[[], Redis], log: Path) -> None:
    """Wait until a server answers. Raise LocalCloudError, with the end of its log, if it does not."""
    last = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < last:
        try:
            with connect() as client:
                client.ping()
        except (NotConnectedError, BusyLoadingError):
            time.sleep(0.02)
        else:
            return
    said = log.read_text(errors="replace")
    raise LocalCloudError(f"Redis did not answer: {said[-2000:]}")


def version_of(program: Path) -> tuple[str, str]:
    """Return what a program is: `Redis` or `Valkey`, and its version."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    flavour, version = said.split(" server v=")
    return flavour, version.split()[0]


def populate(client: Redis, users: int) -> None:
    """Put in what SCIMS keeps in Redis for a number of users: two keys for each, and some more."""
    client.eval(_POPULATE.read_text(), 0, users, int(time.time() * 1000))
