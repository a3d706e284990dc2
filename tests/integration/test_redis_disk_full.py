"""A full disk, wherever backups, drills and restores of Redis write: the cure is said, nothing half made."""

import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scims_backup.domain.errors import SandboxError
from scims_backup.engines.redis.proving.key_runs import KeyRuns
from scims_backup.engines.redis.rules.records import LENGTH
from tests.support.cli import Cli
from tests.support.redis_data import fill_large, fill_many
from tests.support.redis_deployments import redis_deployment
from tests.support.redis_roots import sandbox_root, servers_below
from tests.support.redis_targets import keys_in

MIB = 1 << 20
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")


@contextmanager
def small_disk(size: int) -> Iterator[Path]:
    """Mount a file system of so many bytes."""
    directory = Path(tempfile.mkdtemp(prefix="small-", dir="/tmp"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(directory)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        directory.rmdir()
        pytest.skip("no small file system can be mounted here")
    try:
        yield directory
    finally:
        gc.collect()  # a failure's traceback keeps files open
        subprocess.run(["umount", str(directory)], check=True)
        directory.rmdir()


def fill_up(directory: Path) -> None:
    """Leave no byte on a small disk."""
    with (directory / "full").open("wb") as file:
        while True:
            try:
                file.write(bytes(4096))
                file.flush()
            except OSError:
                return


@pytest.fixture
def full_disk():
    """A directory without room for a single byte."""
    with small_disk(1 * MIB) as directory:
        fill_up(directory)
        yield directory
        assert [path.name for path in directory.iterdir()] == ["full"]
        assert servers_below(directory) == []


@pytest.fixture
def cli(redis_server, tmp_path):
    with redis_server.client() as client:
        fill_many(client, 5000)
    return Cli(redis_deployment(redis_server, tmp_path))


def manifests(cli):
    return list(Path(cli.environment["SCIMS_CATALOG"].removeprefix("file://")).glob("manifests/**/*.json"))


def test_a_vault_that_is_full_ends_the_backup(redis_server, tmp_path):
    with redis_server.client() as client:
        fill_large(client, 24 * MIB)
    environment = redis_deployment(redis_server, tmp_path)
    with small_disk(12 * MIB) as disk, sandbox_root() as sandboxes:
        shutil.copytree(tmp_path / "restic", disk / "restic")
        here = {"SCIMS_VAULT": f"restic:{disk / 'restic'}", "SCIMS_SANDBOX_DIR": str(sandboxes)}
        ended = Cli({**environment, **here}).run("backup", "--json")
        assert (ended.code, ended.document["error"]["kind"]) == (1, "VaultFullError"), ended.out
        assert "free space" in ended.document["error"]["cure"]
        assert list((disk / "restic/snapshots").iterdir()) == []
    assert manifests(Cli(environment)) == []


def test_a_backup_without_room_for_the_list_of_keys_counts_them_with_a_warning(cli, full_disk, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(full_disk))
    monkeypatch.setattr(KeyRuns.__init__, "__defaults__", (1000,))
    ended = cli.run("backup", "--json")
    assert (ended.code, ended.document["level"]) == (0, "counts"), ended.out + ended.err
    (warning,) = ended.document["warnings"]
    assert "No space left on device" in warning
    assert "TMPDIR" in warning


@pytest.mark.parametrize("records", [1, 10_000])
def test_keys_that_cannot_be_sorted_on_the_disk_are_refused_at_once(full_disk, monkeypatch, records):
    monkeypatch.setattr(tempfile, "tempdir", str(full_disk))
    with KeyRuns(records) as runs, pytest.raises(SandboxError, match="No space left on device"):
        runs.add([bytes(LENGTH)] * records)


WITHOUT_ROOM = [
    pytest.param(("drill",), 4, id="drill"),
    pytest.param(("restore",), 1, id="restore"),
    pytest.param(("restore", "--keys", "session:*"), 1, id="restore of some keys"),
]


@pytest.mark.parametrize(("command", "code"), WITHOUT_ROOM)
def test_what_has_no_room_for_the_list_of_keys_says_so_and_changes_nothing(
    cli, redis_server, full_disk, monkeypatch, command, code
):
    assert cli.run("backup", "--json").document["level"] == "full"
    before = keys_in(redis_server)
    monkeypatch.setattr(tempfile, "tempdir", str(full_disk))
    ended = cli.run(*command, "--json")
    assert ended.code == code, ended.out + ended.err
    assert ("No space left on device" in ended.out, "TMPDIR" in ended.out) == (True, True), ended.out
    assert keys_in(redis_server) == before


def test_sandboxes_need_no_room_for_the_data(cli, full_disk):
    cli = Cli({**cli.environment, "SCIMS_SANDBOX_DIR": str(full_disk)})
    assert cli.run("backup", "--json").document["level"] == "full"
    assert cli.run("drill", "--json").document["verdict"] == "passed"
