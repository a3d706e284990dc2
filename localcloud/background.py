"""A local cloud in a process of its own, one for each checkout and user."""

import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.places import ROOT, TEMPORARY

_HOME = "LOCALCLOUD_HOME"
_STATE = "state.json"
_DOWN_SECONDS = 60


@dataclass(frozen=True)
class State:
    """The process, and the variables of a shell that uses its cloud."""

    pid: int
    variables: dict[str, str]


def home() -> Path:
    """The cloud's folder, which is there while it is; LOCALCLOUD_HOME names another, for a second cloud."""
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    return Path(os.environ.get(_HOME) or TEMPORARY / f"localcloud-{os.geteuid()}-{name}")


def state() -> State:
    """What is known of the cloud that is up. Raise LocalCloudError if none is."""
    try:
        return State(**json.loads((home() / _STATE).read_text()))
    except FileNotFoundError:
        raise LocalCloudError("no local cloud is up: python -m localcloud up") from None


def up() -> None:
    """Start the process and wait until its cloud is ready.

    Raise LocalCloudError if one is up already, or it does not come up.
    """
    try:
        home().mkdir(mode=0o711)
    except FileExistsError:
        raise LocalCloudError(f"{home()} is there: python -m localcloud down") from None
    with tempfile.TemporaryFile() as words:
        server = subprocess.Popen(
            [sys.executable, "-m", "localcloud", "serve"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
            start_new_session=True,
        )
        assert server.stdout is not None  # noqa: S101  a pipe was asked for
        if server.stdout.readline() == b"ready\n":
            return
        server.wait()
        shutil.rmtree(home(), ignore_errors=True)
        words.seek(0)
        raise LocalCloudError(f"the local cloud did not come up: {words.read().decode(errors='replace')}")


def down() -> None:
    """End the process, and wait until nothing is left of it. Raise LocalCloudError if it does not end."""
    if _is_ours(state().pid):
        process = os.pidfd_open(state().pid)
        signal.pidfd_send_signal(process, signal.SIGTERM)
        is_gone, _, _ = select.select([process], [], [], _DOWN_SECONDS)
        os.close(process)
        if not is_gone:
            raise LocalCloudError(f"process {state().pid} did not end in {_DOWN_SECONDS} s")
    shutil.rmtree(home(), ignore_errors=True)


def serve() -> None:
    """Be that process, until SIGTERM."""
    from localcloud.cloud import LocalCloud  # noqa: PLC0415  it takes a second

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with LocalCloud(home=home()) as cloud:
        network = cloud.network
        variables = {
            **cloud.environment(),
            "SCIMS_SOURCE_SECRET": cloud.source_secret,
            "SCIMS_RESTORE_SECRET": cloud.restore_secret,
            "SCIMS_REDIS_SECRET": cloud.redis_secret,
            "SCIMS_REDIS_RESTORE_SECRET": cloud.redis_restore_secret,
            "SCIMS_REDIS_SERVER": cloud.redis.server,
            "SCIMS_VPC": network.vpc,
            "SCIMS_SUBNETS": ",".join(network.subnets),
            "SCIMS_SECURITY_GROUP": network.security_group,
        }
        unfinished = home() / f"{_STATE}.new"
        unfinished.write_text(json.dumps(asdict(State(os.getpid(), variables))))
        unfinished.rename(home() / _STATE)
        print("ready", flush=True)
        sys.stdout.close()
        signal.pause()


def _is_ours(pid: int) -> bool:
    """A process that was killed left its folder at most for a moment, but its number may be another's now."""
    try:
        return b"localcloud\0serve\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False
