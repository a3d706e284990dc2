"""A truncated stream never becomes a snapshot, as restic alone sees it."""

import ctypes
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import VaultError
from tests.contract.vault_contract import fetched, put, some_bytes
from tests.support.restic import ResticPlayground

BACKUP = BackupId("scims-db", "20261122T020000Z")
NEXT = BackupId("scims-db", "20261123T020000Z")
KIB = 1 << 10
OFFSETS = (0, 1, 64 * KIB, 512 * KIB - 1, 512 * KIB, 1024 * KIB, 1024 * KIB + 1, 3333 * KIB, 20_000 * KIB)

_PR_SET_CHILD_SUBREAPER = 36

STORE_FOR_EVER = """
import os, sys
from tests.support.restic import ResticPlayground
from pathlib import Path
from scims_backup.domain.backup import BackupId
vault = ResticPlayground(Path(sys.argv[1])).vault()
with vault.store(BackupId("scims-db", "20261122T020000Z")) as writer:
    writer.write(os.urandom(1 << 20))
    print("begun", flush=True)
    while True:
        writer.write(os.urandom(1 << 16))
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = ResticPlayground(tmp_path_factory.mktemp("restic")).lay()
    place.vault().prepare()
    return place


@pytest.mark.parametrize("offset", OFFSETS)
def test_an_aborted_stream_is_no_snapshot_and_leaves_no_lock(place, offset):
    with place.vault().store(BACKUP) as writer:
        writer.write(some_bytes(offset))
    assert place.snapshots() == []
    assert place.locks() == []


def test_the_next_backup_after_an_abort_works_without_help(place):
    vault = place.vault()
    with vault.store(BACKUP) as writer:
        writer.write(some_bytes(2_000_000))
    vault.prepare()
    ref = put(vault, NEXT, some_bytes(2_000_000)).ref
    assert [snapshot["id"] for snapshot in place.snapshots()] == [ref]
    vault.delete(ref)


def test_a_commit_that_is_interrupted_is_no_snapshot(place, monkeypatch):
    vault = place.vault()
    with pytest.raises(KeyboardInterrupt), vault.store(BACKUP) as writer:  # noqa: PT012
        writer.write(some_bytes(2_000_000))

        def interrupted(*_):
            # restic has seen a clean end and stores the snapshot before we stop it
            writer._child._process.wait()
            monkeypatch.undo()
            raise KeyboardInterrupt

        monkeypatch.setattr(writer._child, "wait", interrupted)
        writer.commit()
    assert place.snapshots() == []


def test_an_empty_archive_is_refused_and_leaves_nothing(place):
    with pytest.raises(VaultError, match=str(BACKUP)), place.vault().store(BACKUP) as writer:
        writer.commit()
    assert place.snapshots() == []


def test_a_program_that_is_killed_leaves_no_snapshot_and_the_next_backup_works(place):
    command = [sys.executable, "-c", STORE_FOR_EVER, str(place.repository.parent)]
    with (
        _heir_of_orphans(),
        subprocess.Popen(command, stdout=subprocess.PIPE, env=place.environment) as ours,
    ):
        assert ours.stdout
        assert ours.stdout.readline() == b"begun\n"
        restic = _children(ours.pid)
        ours.kill()
        ours.wait()
        assert restic
        for pid in restic:
            _await_end(pid)
    assert place.snapshots() == []
    vault = place.vault()
    vault.prepare()
    ref = put(vault, NEXT, b"abc").ref
    assert fetched(vault, ref) == b"abc"
    vault.delete(ref)


def test_an_abort_works_where_interrupts_are_ignored(place):
    # as in a background job of a shell without job control
    program = (
        "import signal, sys; from pathlib import Path; from tests.support.restic import ResticPlayground\n"
        "from scims_backup.domain.backup import BackupId\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "with ResticPlayground(Path(sys.argv[1])).vault().store(BackupId.parse(sys.argv[2])) as writer:\n"
        "    writer.write(bytes(3_000_000))\n"
    )
    command = [sys.executable, "-c", program, str(place.repository.parent), str(BACKUP)]
    subprocess.run(command, check=True, env=place.environment)
    assert place.snapshots() == []


def test_a_terminals_interrupt_does_not_reach_restic(place):
    with place.vault().store(BACKUP) as writer:
        writer.write(some_bytes(1000))
        assert os.getpgid(writer._child._process.pid) != os.getpgid(0)


def _children(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in lists for child in path.read_text().split()]


@contextmanager
def _heir_of_orphans() -> Iterator[None]:
    """Have the children of a child that dies, so that they can be waited for, and are no zombies then.

    A zombie's number is still taken: restic would hold its lock for a living process's.
    """
    system = ctypes.CDLL(None)
    system.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        system.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _await_end(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    try:
        ready, _, _ = select.select([descriptor], [], [], 30)
        assert ready, "restic lives on without us"
    finally:
        os.close(descriptor)
    os.waitpid(pid, 0)
