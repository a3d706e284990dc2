"""The local cloud comes up by one command and leaves nothing behind, however it ends."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from localcloud import background
from localcloud.cloud import LocalCloud
from localcloud.errors import LocalCloudError

ROOT = Path(__file__).parents[2]
STACK = ROOT / "tests/localcloud_stack"
pytestmark = pytest.mark.slow

HOLDER = """
import json, sys
from pathlib import Path
from localcloud.cloud import LocalCloud
stack = Path(sys.argv[1])
with LocalCloud(image=stack, users=20) as cloud:
    network = cloud.network
    parameters = {"Subnets": ",".join(network.subnets), "SecurityGroup": network.security_group}
    cloud.deploy(stack / "template.yaml", "lc", parameters)
    event = {"do": "run", "drill": "one", "environment": {"DO": "stay", "SECONDS": "3600"}}
    cloud.client("lambda").invoke(FunctionName="lc-zip", Payload=json.dumps(event))
    cloud.fargate.await_status(cloud.fargate.running()[0], "RUNNING")
    print(cloud.home, cloud.url.rpartition(":")[2], flush=True)
    sys.stdin.read()
"""


def descendants(pid):
    """The processes below one."""
    children: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(place.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(place.parent.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


PROGRAMS = {
    "localstack.runtime.main",
    "postgres -D",
    "handler.handler",
    "index.handler",
    "guardian.py",
    "/tasks/",
}
"""What command lines have of LocalStack, the source, two functions, all guardians, and a task's folder."""


def programs(pids):
    """Those of PROGRAMS that run as some of these processes."""
    lines = []
    for pid in pids:
        with contextlib.suppress(OSError):
            lines.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode())
    return {name for name in PROGRAMS if any(name in line for line in lines)}


@contextlib.contextmanager
def watched(pids):
    """Handles of processes; a process that has ended meanwhile is left out."""
    handles = []
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            handles.append(os.pidfd_open(pid))
    yield handles
    for handle in handles:
        os.close(handle)


def all_end(handles):
    """Wait until all have ended; say whether they did."""
    return all(select.select([handle], [], [], 60)[0] for handle in handles)


def is_free(port):
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return trial.connect_ex(("127.0.0.1", int(port))) != 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_when_the_process_that_holds_it_dies(number):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(STACK)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        home, port = holder.stdout.readline().split()
        below = descendants(holder.pid)
        assert programs(below) == PROGRAMS
        with watched(below) as processes:
            holder.send_signal(number)
            assert all_end(processes)
    assert not Path(home).exists()
    assert is_free(port)


@pytest.fixture
def home():
    """A place that everybody can enter, unlike tmp_path, for a cloud's folder."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o711)
        yield Path(place) / "cloud"


def test_one_command_up_and_one_down(home, monkeypatch):
    monkeypatch.setenv("LOCALCLOUD_HOME", str(home))
    told = command("up").stdout
    exports = dict(line.removeprefix("export ").split("=", 1) for line in told.splitlines())
    assert command("env").stdout == told
    assert "localcloud down" in command("up", code=1).stderr
    pid = background.state().pid
    aws = [
        str(Path(sys.executable).with_name("aws")),
        "secretsmanager",
        "get-secret-value",
        "--secret-id",
        "scims-db",
    ]
    secret = subprocess.run(aws, env={**os.environ, **exports}, capture_output=True, check=True).stdout
    assert json.loads(json.loads(secret)["SecretString"])["username"] == "scims_backup"
    parameters = [f"Subnets={exports['SCIMS_SUBNETS']}", f"SecurityGroup={exports['SCIMS_SECURITY_GROUP']}"]
    assert "Bucket: lc-catalog\n" in command("deploy", str(STACK / "template.yaml"), "lc", *parameters).stdout
    command("fire", "lc-nightly", "--at", "2026-11-22T02:00:00+00:00")
    with watched([pid, *descendants(pid)]) as processes:
        command("down")
        assert all_end(processes)
    assert not home.exists()
    assert "no local cloud is up" in command("down", code=1).stderr


def test_what_a_cloud_left_that_is_no_more_is_removed(home, monkeypatch):
    monkeypatch.setenv("LOCALCLOUD_HOME", str(home))
    with subprocess.Popen(["sleep", "infinity"]) as other:  # it has got the number of a process that is gone
        home.mkdir()
        (home / "state.json").write_text(json.dumps({"pid": other.pid, "variables": {}}))
        command("down")
        assert other.poll() is None
        other.kill()
    assert not home.exists()


def command(*arguments, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "localcloud", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


def test_a_part_that_does_not_come_up_takes_all_with_it(monkeypatch, home):
    home.mkdir()
    monkeypatch.setattr(
        "localcloud.localstack._ENTRY_POINTS", "[localstack.hooks.on_infra_start]\nx = nowhere:x\n"
    )
    monkeypatch.setattr("localcloud.localstack._READY_SECONDS", 0.5)
    before = set(descendants(os.getpid()))
    with pytest.raises(LocalCloudError, match="LocalStack did not come up"), LocalCloud(home=home, users=20):
        pass
    assert set(descendants(os.getpid())) <= before
    assert not home.exists()
