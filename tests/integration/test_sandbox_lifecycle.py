"""A sandbox is gone on every way out; what a killed run left is removed by the next one, and nothing else."""

import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

from scims_backup.adapters.processes.children import child
from scims_backup.adapters.processes.uninterrupted import uninterrupted
from scims_backup.domain.errors import SandboxError
from scims_backup.engines.postgresql.sandbox import cluster as cluster_module
from scims_backup.engines.postgresql.sandbox.local_cluster import LocalSandboxes
from tests.support.sandboxes import (
    is_running,
    postmaster_of,
    process_with_sandbox,
    processes_below,
    resembling,
)


@pytest.fixture
def root(afterwards):
    """A directory that the server's user can reach, which pytest's own is not; nothing may stay in it."""
    directory = Path(tempfile.mkdtemp(prefix="sandboxes-", dir="/tmp"))
    directory.chmod(0o755)
    afterwards(lambda: _nothing_is_left(directory))
    yield directory
    shutil.rmtree(directory)


def _nothing_is_left(directory):
    assert list(directory.iterdir()) == []
    assert processes_below(directory) == []


@pytest.fixture
def sandboxes(root) -> LocalSandboxes:
    return LocalSandboxes(root=root)


class DrillError(Exception):
    """Any failure of the drill."""


@pytest.mark.parametrize("error", [DrillError, KeyboardInterrupt, SystemExit])
def test_an_exception_takes_server_and_directory_away(sandboxes, root, error):
    with pytest.raises(error), sandboxes.open() as sandbox:  # noqa: PT012  # what happens inside is the point
        sandbox.start(resembling())
        server = postmaster_of(sandbox.directory)
        assert is_running(server)
        raise error
    assert not is_running(server)
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("state", ["opened", "started"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 9), (signal.SIGINT, -signal.SIGINT)])
def test_a_signal_takes_server_and_directory_away(root, state, number, code):
    with process_with_sandbox(root, state) as (process, directory):
        assert directory.is_dir()
        process.send_signal(number)
        assert process.wait() == code
        assert list(root.iterdir()) == []
        assert processes_below(root) == []


def test_what_a_killed_run_left_is_removed_by_the_next_together_with_its_server(sandboxes, root):
    with process_with_sandbox(root) as (process, directory):
        server = postmaster_of(directory)
        process.kill()
        process.wait()
        assert is_running(server)
        with sandboxes.open() as sandbox:
            assert [entry.name for entry in root.iterdir()] == [sandbox.directory.name]
            assert not is_running(server)


def test_a_living_sandbox_is_left_alone(sandboxes, root):
    with process_with_sandbox(root) as (process, directory):
        server = postmaster_of(directory)
        with sandboxes.open():
            pass
        assert directory.is_dir()
        assert is_running(server)
        process.communicate("")


def test_another_process_that_has_got_the_servers_number_is_left_alone(sandboxes, root):
    left = root / "scims-sandbox-0000000000000000"
    (left / "data").mkdir(parents=True)
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, cwd="/") as other:
        (left / "data/postmaster.pid").write_text(f"{other.pid}\n")
        with sandboxes.open():
            assert not left.exists()
        assert other.poll() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a directory that is another user's")
def test_another_users_directory_is_left_alone(sandboxes, root):
    other = root / "scims-sandbox-0000000000000000"
    other.mkdir()
    shutil.chown(other, "nobody")
    with sandboxes.open():
        assert other.is_dir()
    other.rmdir()


def test_a_link_under_a_sandboxes_name_is_not_followed(sandboxes, root, tmp_path):
    (tmp_path / "kept").touch()
    link = root / "scims-sandbox-0000000000000000"
    link.symlink_to(tmp_path)
    with sandboxes.open():
        assert (tmp_path / "kept").exists()
    link.unlink()


def test_the_server_runs_unprivileged_and_only_on_a_socket_of_its_own(sandboxes):
    with sandboxes.open() as sandbox:
        sandbox.start(resembling())
        directory = sandbox.directory
        server = Path(f"/proc/{postmaster_of(directory)}")
        assert server.stat().st_uid != 0
        assert (directory / "data").stat().st_mode & 0o777 == 0o700
        assert (directory / "socket").stat().st_mode & 0o777 == 0o700
        assert b"--listen_addresses=\0" in (server / "cmdline").read_bytes()


def test_the_server_does_not_get_our_secrets(sandboxes, monkeypatch):
    monkeypatch.setenv("RESTIC_PASSWORD", "geheim")
    monkeypatch.setenv("PGPASSWORD", "geheim")
    with sandboxes.open() as sandbox:
        sandbox.start(resembling())
        environment = Path(f"/proc/{postmaster_of(sandbox.directory)}/environ").read_bytes()
    assert b"geheim" not in environment


def test_the_callers_libpq_environment_does_not_reach_the_sandbox(sandboxes, monkeypatch):
    for name, value in {
        "PGHOSTADDR": "192.0.2.1",
        "PGOPTIONS": "-c no_such_setting=1",
        "PGSSLMODE": "verify-full",
        "PGGSSENCMODE": "require",
        "PGCHANNELBINDING": "require",
        "PGREQUIREAUTH": "scram-sha-256",
        "PGTARGETSESSIONATTRS": "standby",
        "PGDATABASE": "elsewhere",
    }.items():
        monkeypatch.setenv(name, value)
    with sandboxes.open() as sandbox:
        sandbox.start(resembling())


def test_a_directory_too_deep_for_a_socket_gets_its_socket_elsewhere(root):
    deep = root / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    with LocalSandboxes(root=deep).open() as sandbox:
        sandbox.start(resembling())
        elsewhere = Path("/tmp") / sandbox.directory.name.replace("sandbox", "socket")
        assert elsewhere.is_dir()
    assert not elsewhere.exists()
    shutil.rmtree(root / ("d" * 60))


@pytest.mark.parametrize("name", ["Chef für alles", "rdsadmin"])
def test_the_bootstrap_role_has_the_sources_name(sandboxes, name):
    with sandboxes.open() as sandbox:
        sandbox.start(resembling(bootstrap=name))
        with sandbox._cluster.connection("postgres") as connection:
            assert connection.info.user == name


def test_a_root_that_is_not_there_is_the_sandboxes_fault(root):
    with (
        pytest.raises(
            SandboxError,
            match=r"no sandbox can be created at .*: No such file or directory .*SCIMS_SANDBOX_DIR",
        ),
        LocalSandboxes(root=root / "nowhere").open(),
    ):
        pass


def test_programs_that_are_missing_are_the_sandboxes_fault(sandboxes):
    with sandboxes.open() as sandbox, pytest.raises(SandboxError, match=r"of PostgreSQL 99 not found"):
        sandbox.start(resembling(99))


def test_a_refusal_of_initdb_is_the_sandboxes_fault_and_says_why(sandboxes):
    with sandboxes.open() as sandbox, pytest.raises(SandboxError, match=r"initdb failed .*pg_"):
        sandbox.start(resembling(bootstrap="pg_not_allowed"))


def test_a_server_that_dies_at_its_start_is_noticed_and_its_log_told(sandboxes, monkeypatch):
    monkeypatch.setitem(cluster_module._SETTINGS, "shared_buffers", "900TB")
    with sandboxes.open() as sandbox, pytest.raises(SandboxError, match=r"died .*shared_buffers"):
        sandbox.start(resembling())


# --- work that is not cut in two ------------------------------------------------------------------


def test_work_is_done_to_its_end_before_an_interruption_is_raised():
    done = threading.Event()

    def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        done.set()

    with pytest.raises(KeyboardInterrupt):
        uninterrupted(work)
    assert done.is_set()


def test_a_failure_of_the_work_itself_is_raised():
    def work() -> None:
        raise DrillError

    with pytest.raises(DrillError):
        uninterrupted(work)


def test_a_child_and_its_children_are_gone_when_the_context_ends():
    script = "/bin/sleep 1000 & echo $!; wait"
    with child(["/bin/sh", "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        grandchild = os.pidfd_open(int(process.stdout.readline()))
    assert not is_running(process.pid)
    # it is not our child: its end is awaited, not read
    assert select.select([grandchild], [], [], 60)[0] == [grandchild]
    os.close(grandchild)
