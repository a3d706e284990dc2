"""Root without all of root's capabilities, as a container may have it: no sandbox, or a clean one."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.sandboxes import is_running, postmaster_of, process_with_sandbox, processes_below

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root has capabilities to lose"
)
_PROGRAM = """
import sys
from pathlib import Path
from scims_backup.domain.errors import SandboxError
from scims_backup.engines.postgresql.sandbox.local_cluster import LocalSandboxes
from tests.support.sandboxes import resembling
try:
    with LocalSandboxes(root=Path(sys.argv[1])).open() as sandbox:
        sandbox.start(resembling())
        print("started")
except SandboxError as error:
    print(f"{error.message}: {error.cure}")
"""


@pytest.fixture
def root():
    """A directory that the server's user can reach."""
    directory = Path(tempfile.mkdtemp(prefix="sandboxes-", dir="/tmp"))
    directory.chmod(0o755)
    yield directory
    for process in processes_below(directory):
        pytest.fail(f"still runs: {process}")
    shutil.rmtree(directory)


def sandbox_without(root, *capabilities):
    """What comes of a sandbox that root opens without some of its capabilities."""
    dropped = ",".join(f"-{name}" for name in capabilities)
    command = [
        "setpriv",
        f"--bounding-set={dropped}",
        f"--inh-caps={dropped}",
        sys.executable,
        "-c",
        _PROGRAM,
    ]
    done = subprocess.run(
        [*command, str(root)], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("capabilities", "said"),
    [
        (
            ["all"],
            "user: CHOWN, DAC_OVERRIDE, KILL, SETGID, SETUID: run this as another user, such as postgres",
        ),
        (["chown"], "user: CHOWN: run this as another user"),
        (["dac_override"], "user: DAC_OVERRIDE: run this as another user"),
        (["kill"], "user: KILL: run this as another user"),
        (["setgid"], "user: SETGID: run this as another user"),
        (["setuid"], "user: SETUID: run this as another user"),
        (["sys_ptrace", "sys_admin", "net_admin", "fowner"], "started"),
    ],
)
def test_root_that_could_not_run_the_server_as_another_user_is_a_fault_of_the_sandbox(
    root, capabilities, said
):
    assert said in sandbox_without(root, *capabilities)
    assert list(root.iterdir()) == []


def test_the_server_that_a_killed_drill_left_is_ended_also_without_the_right_to_see_where_it_works(root):
    with process_with_sandbox(root) as (process, directory):
        server = postmaster_of(directory)
        process.kill()
        process.wait()
        assert is_running(server)
        assert sandbox_without(root, "sys_ptrace") == "started"
        assert not is_running(server)
