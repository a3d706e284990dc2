"""The restic vault's own promises: locks, programs, secrets, and a repository that restic alone can read."""

import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import (
    ToolMissingError,
    UsageError,
    VaultAccessError,
    VaultError,
    VaultFullError,
    VaultGoneError,
    VaultLockedError,
    VaultUnreachableError,
)
from tests.contract.vault_contract import fetched, new_backup, put, some_bytes
from tests.support.restic import ResticPlayground

SECRET = "hunter2-hunter2"
SOURCES = ("scims-db", "other-db")


@pytest.fixture
def empty(tmp_path):
    return ResticPlayground(tmp_path)


@pytest.fixture
def place(empty, prepared_repository):
    shutil.copytree(prepared_repository, empty.repository)
    return empty


@pytest.fixture
def waiting_backup(place):
    """A restic that holds a lock while it waits for input."""
    command = ["restic", "--no-cache", "backup", "--stdin", "--json", "--verbose=2"]
    environment = {**place.environment, "RESTIC_REPOSITORY": str(place.repository)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as running:
        assert running.stdout
        assert running.stdout.readline()
        yield running
        running.kill()


def test_restic_alone_lists_and_reads_an_archive(place):
    backup = BackupId("scims-db", "20261122T020000Z")
    stored = put(place.vault(), backup, b"the archive")
    (snapshot,) = place.snapshots()
    assert snapshot["id"] == stored.ref
    *tags, mark = snapshot["tags"]
    assert tags == ["scims-backup", "scims-db", "scims-db-20261122T020000Z"]
    assert mark.startswith("run-")
    assert snapshot["hostname"] == "scims-db"
    assert place.restic("dump", stored.ref, "/scims-db-20261122T020000Z.dump") == b"the archive"


def test_a_store_that_is_given_up_at_its_end_leaves_another_run_s_archive_of_the_backup(place, monkeypatch):
    backup, vault = new_backup(), place.vault()
    other = put(vault, backup, b"of a run that was faster").ref
    with vault.store(backup) as writer:
        writer.write(b"of this run")
        monkeypatch.setattr(writer, "_stored", lambda: (_ for _ in ()).throw(VaultError("unclear")))
        with pytest.raises(VaultError, match="unclear"):
            writer.commit()
    assert [archive.ref for archive in vault.archives()] == [other]


def test_stored_bytes_are_what_the_repository_grew_by(place):
    compressible = b"".join(b"%d\titem stock\t%x\n" % (i, i * i) for i in range(200_000))
    before = place.data_bytes()
    stored = put(place.vault(), new_backup(), compressible)
    grown = place.data_bytes() - before
    assert stored.stored_bytes < len(compressible) / 2
    assert abs(stored.stored_bytes - grown) < 4096
    again = put(place.vault(), new_backup(), compressible)
    assert again.stored_bytes < 4096


def test_a_snapshot_that_is_not_ours_is_left_alone(place):
    subprocess.run(
        ["restic", "--no-cache", "backup", "--stdin", "--quiet", "--host", "scims-db", "--tag", "scims-db"],
        input=b"x",
        env={**place.environment, "RESTIC_REPOSITORY": str(place.repository)},
        check=True,
    )
    assert place.vault().archives() == []


def test_the_lock_of_a_killed_restic_is_removed(place, waiting_backup):
    waiting_backup.kill()
    waiting_backup.wait()
    assert place.locks() != []
    place.vault().prepare()
    assert place.locks() == []


def test_a_lock_of_a_living_restic_is_respected_and_named(place, waiting_backup):
    stored = put(place.vault(), new_backup(), b"abc")
    with pytest.raises(VaultLockedError, match=f"locked.*PID {waiting_backup.pid}"):
        place.vault().delete(stored.ref)
    assert place.locks() != []


def test_a_removal_waits_until_a_running_backup_ends(place, waiting_backup):
    stored = put(place.vault(), new_backup(), b"abc")

    def backup_ends(_seconds):
        waiting_backup.kill()
        waiting_backup.wait()

    place.vault(sleep=backup_ends).delete(stored.ref)
    assert place.snapshots() == []


def test_a_backup_that_meets_a_lock_begins_again_and_loses_no_byte(place):
    real = shutil.which("restic")
    marker = place.bin / "met"
    place.program(
        "restic",
        f'case "$*" in *backup*) if [ ! -e {marker} ]; then touch {marker}; echo '
        f"'unable to create lock in backend: repository is already locked exclusively by PID 1' >&2; "
        f'exit 1; fi;; esac; exec {real} "$@"',
    )
    vault = place.vault()
    data = some_bytes(3_000_000)
    assert fetched(vault, put(vault, new_backup(), data).ref) == data
    assert marker.exists()


def test_a_wrong_password_is_named_at_every_step(place):
    vault = place.vault(environment={**place.environment, "RESTIC_PASSWORD": SECRET})
    steps = (vault.prepare, lambda: put(vault, new_backup(), b"x"), vault.archives)
    for step in steps:
        with pytest.raises(VaultAccessError, match="wrong password") as refusal:
            step()
        assert SECRET not in str(refusal.value)


def test_nothing_is_made_over_a_repository_whose_password_is_another_one(place):
    # as after an update of the stack that would have made a new password
    stored = put(place.vault(), new_backup(), b"kept")
    before = {path: path.read_bytes() for path in place.repository.rglob("*") if path.is_file()}
    other = place.vault(environment={**place.environment, "RESTIC_PASSWORD": SECRET})
    for step in (other.prepare, lambda: put(other, new_backup(), b"x")):
        with pytest.raises(VaultAccessError):
            step()
    assert {path: path.read_bytes() for path in place.repository.rglob("*") if path.is_file()} == before
    assert fetched(place.vault(), stored.ref) == b"kept"


def test_a_missing_password_is_a_usage_error_before_anything_is_tried(empty):
    environment = {**empty.environment, "RESTIC_PASSWORD": ""}
    with pytest.raises(UsageError, match="RESTIC_PASSWORD_FILE"):
        empty.vault(environment=environment).prepare()
    assert not empty.repository.exists()


def test_the_password_may_come_from_a_file_or_a_command(place, tmp_path):
    file = tmp_path / "password"
    file.write_text(place.environment["RESTIC_PASSWORD"])
    bare = {name: value for name, value in place.environment.items() if name != "RESTIC_PASSWORD"}
    for way in ({"RESTIC_PASSWORD_FILE": str(file)}, {"RESTIC_PASSWORD_COMMAND": f"cat {file}"}):
        assert place.vault(environment={**bare, **way}).archives() == []


def test_a_server_that_refuses_is_unreachable_and_its_password_stays_hidden(empty):
    vault = empty.vault(repository=f"rest:http://user:{SECRET}@127.0.0.1:1/x", answer_seconds=2)
    with pytest.raises(VaultUnreachableError, match="connection refused") as failure:
        vault.prepare()
    assert SECRET not in "".join(map(str, failure.value.args))
    assert "127.0.0.1" in str(failure.value)


def test_a_restic_that_never_answers_is_given_up(place):
    place.program("restic", 'case "$1" in version) echo restic 0.14.0;; *) exec sleep 600;; esac')
    with pytest.raises(VaultUnreachableError, match="no answer within 1 s"):
        place.vault(answer_seconds=1).archives()


def test_an_absent_restic_is_named_with_the_cure(empty):
    with pytest.raises(ToolMissingError, match=r"not found in PATH.*install"):
        empty.vault(environment={**empty.environment, "PATH": str(empty.bin)}).tools()


@pytest.mark.parametrize("says", ["restic 0.13.1 compiled with go1.18", "something else"])
def test_a_restic_that_is_too_old_or_none_is_refused(empty, says):
    empty.program("restic", f"echo '{says}'")
    with pytest.raises(ToolMissingError, match=r"install restic 0\.14"):
        empty.vault().prepare()


def test_neither_repository_nor_password_are_arguments(place):
    repository = f"local:{place.repository}"
    with place.vault(repository=repository).store(new_backup()) as writer:
        writer.write(b"x")
        arguments = Path(f"/proc/{writer._child._process.pid}/cmdline").read_text()
    assert "backup" in arguments
    assert str(place.repository) not in arguments
    assert place.environment["RESTIC_PASSWORD"] not in arguments


def test_the_sources_secrets_are_not_handed_to_restic(place):
    real = shutil.which("restic")
    seen = place.bin / "seen"
    place.program("restic", f'env >> {seen}; exec {real} "$@"')
    secrets = {"PGPASSWORD": SECRET, "SCIMS_SOURCE_URL": SECRET, "AWS_REGION": "eu-west-1"}
    place.vault(environment={**place.environment, **secrets}).archives()
    text = seen.read_text()
    assert "AWS_REGION=eu-west-1" in text
    assert "RESTIC_REPOSITORY=" in text
    assert SECRET not in text


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_is_named_and_nothing_is_stored(empty):
    empty.repository.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(empty.repository)], check=True)
    try:
        vault = empty.vault()
        vault.prepare()
        with pytest.raises(VaultFullError, match="no space left"):
            put(vault, new_backup(), some_bytes(80_000_000))
        assert empty.snapshots() == []
    finally:
        subprocess.run(["umount", str(empty.repository)], check=True)


def test_a_restic_that_dies_under_the_writer_is_an_error_of_the_vault(place):
    with pytest.raises(VaultError, match="killed by signal 9"), place.vault().store(new_backup()) as writer:  # noqa: PT012
        writer.write(b"x")
        writer._child._process.kill()
        writer._child._process.wait()
        writer.write(some_bytes(100_000))


def test_three_that_prepare_at_once_make_one_readable_repository(empty):
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: empty.vault(sleep=time.sleep).prepare(), range(3)))
    assert len(list((empty.repository / "keys").iterdir())) == 1
    assert empty.snapshots() == []


def test_two_sources_that_prepare_one_place_at_once_make_one_readable_repository(empty):
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda source: empty.vault(source, sleep=time.sleep).prepare(), SOURCES))
    assert len(list((empty.repository / "keys").iterdir())) == 1
    assert empty.snapshots() == []


def test_a_shared_place_is_not_made_anew_while_another_sources_backups_are_known(place):
    place.vault("other-db").prepare()
    place.catalog.put_new("manifests/other-db/20261122T020000Z.json", b"{}")
    place.remove()
    with pytest.raises(VaultGoneError, match="other-db"):
        place.vault("scims-db").prepare()
    assert not place.repository.exists()


def test_a_failed_initialisation_does_not_block_the_next_one(empty):
    empty.repository.touch()
    with pytest.raises(VaultError):
        empty.vault(answer_seconds=5).prepare()
    empty.repository.unlink()
    empty.vault().prepare()
    assert empty.snapshots() == []
