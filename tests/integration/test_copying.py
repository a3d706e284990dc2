"""A second copy on real stores: from server to server, after the first is gone, and killed at any moment."""

import json
import os
import signal
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.reports.list_backups import ListBackups
from scims_backup.usecases.stored.proofs import load_proof
from scims_backup.usecases.stored.verify_backup import VerifyBackup
from tests.fakes import RecordedProgress
from tests.support import cli_schemas
from tests.support.cli import Cli
from tests.support.copies import SOURCE, Store, add_backup, document_here, document_there, forbid_deletions
from tests.support.killed import runs_of
from tests.support.s3.seaweedfs import seaweedfs_server
from tests.support.scims import load_scims

THEIRS = {"access_key": "theirkey", "secret_key": "theirsecret/with+signs"}
BACKUP = BackupId(SOURCE, stamp_of(datetime.now(UTC) - timedelta(hours=3)))


@pytest.fixture(scope="session")
def other_seaweedfs():
    with seaweedfs_server(**THEIRS) as server:
        yield server


def _store(name, kind, server, folder):
    own = folder / name
    own.mkdir(exist_ok=True)
    return Store(name, kind, server, server.new_bucket(versioned=kind == "s3"), own)


@pytest.fixture
def sides(request, seaweedfs, other_seaweedfs, tmp_path):
    here, there = request.param.split("-to-")
    return _store("here", here, seaweedfs, tmp_path), _store("there", there, other_seaweedfs, tmp_path)


def _cli(server, document, folder, name, **variables):
    """The program with a document, and with one server's keys in its environment."""
    file = folder / f"{name}.toml"
    file.write_text(document)
    environment = {**server.environment(), "SCIMS_CONFIG": str(file), **variables}
    return Cli({**environment, "RESTIC_CACHE_DIR": str(folder / "cache")})


def _clis(sides, folder):
    here, there = sides
    return (
        _cli(here.server, document_here(here, there), folder, "here"),
        _cli(there.server, document_there(there), folder, "there"),
    )


def _copied(cli, *arguments):
    ended = cli.run("copy", "--json", *arguments)
    assert ended.code == 0, ended.out + ended.err
    cli_schemas.check("copy", ended.document)
    return ended.document


PAIRS = ["restic-to-restic", "s3-to-s3", "restic-to-s3", "local-to-s3", "s3-to-local"]


@pytest.mark.parametrize("sides", PAIRS, indirect=True)
def test_a_copy_is_made_with_other_keys_on_another_server_by_who_can_delete_nothing_there(sides, tmp_path):
    here, there = sides
    if there.kind != "local":
        forbid_deletions(there.server, there.bucket, *(["v/locks/"] if there.kind == "restic" else []))
    data = os.urandom(3_000_000)
    manifest = add_backup(here, BACKUP, data)
    cli, _ = _clis(sides, tmp_path)
    copied = _copied(cli)
    assert (copied["id"], copied["sha256"]) == (str(BACKUP), manifest.archive.sha256)
    assert not copied["already"]
    assert _copied(cli)["already"]
    assert _listed(there) == [BACKUP]


def test_the_policy_of_these_tests_does_forbid_deletions(other_seaweedfs):
    bucket = other_seaweedfs.new_bucket()
    client = other_seaweedfs.client()
    client.put_object(Bucket=bucket, Key="v/x", Body=b"x")
    client.put_object(Bucket=bucket, Key="v/locks/x", Body=b"x")
    forbid_deletions(other_seaweedfs, bucket, "v/locks/")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_object(Bucket=bucket, Key="v/x")
    client.delete_object(Bucket=bucket, Key="v/locks/x")


@pytest.mark.parametrize(("kind", "which"), [("restic", "newest-proven"), ("s3", "newest")])
def test_after_the_first_server_and_its_data_are_gone_the_copy_restores_and_is_proven_equal(
    kind, which, server, new_database, other_seaweedfs, tmp_path
):
    database = new_database(server)
    load_scims(database, users=20)
    programs = {"SCIMS_POSTGRESQL_BIN": str(server.programs)}
    with ExitStack() as first:
        here = _store("here", kind, first.enter_context(seaweedfs_server()), tmp_path)
        there = _store("there", kind, other_seaweedfs, tmp_path)
        document = document_here(here, there, database.url, f'which = "{which}"')
        cli = _cli(here.server, document, tmp_path, "here", **programs)
        assert cli.run("backup").code == 0
        if which == "newest-proven":
            assert cli.run("copy").code == 5  # nothing is proven yet
            assert cli.run("drill").code == 0
        copied = _copied(cli)
    assert not here.server.answers()  # its processes are ended, and its folder is removed
    assert cli.run("list").code == 1
    other = _cli(there.server, document_there(there), tmp_path, "there", **programs)
    (listed,) = other.run("list", "--json").document
    assert (listed["id"], listed["verdict"]) == (
        copied["id"],
        None,
    )  # proven there by drills from there alone
    drilled = other.run("drill", "--json")
    assert (drilled.code, drilled.document["verdict"]) == (0, "passed"), drilled.out + drilled.err
    restored = other.run("restore", "newest-proven", "--json", "--target-url", database.url)
    assert (restored.code, restored.document["findings"]) == (0, []), restored.out + restored.err
    url = server.url(restored.document["database"])
    compared = other.run("compare", "--json", "--target-url", url)
    assert (compared.code, compared.document["findings"]) == (0, [])
    server.drop_database(restored.document["database"])


@pytest.mark.parametrize("sides", ["s3-to-s3"], indirect=True)
def test_of_an_archive_damaged_here_nothing_is_there(sides, tmp_path):
    here, there = sides
    manifest = add_backup(here, BACKUP, os.urandom(100_000))
    here.server.client().put_object(Bucket=here.bucket, Key=f"v/{manifest.archive.ref}", Body=b"damaged")
    cli, other = _clis(sides, tmp_path)
    ended = cli.run("copy", "--json")
    assert (ended.code, ended.document["error"]["kind"]) == (1, "ArchiveDamagedError")
    assert other.run("list", "--json").document == []
    assert list(there.open_vault().archives()) == []
    assert [key for key in here.open_catalog().keys("events/") if "CopyFailed" in key]


@pytest.mark.parametrize("sides", ["s3-to-s3", "local-to-restic"], indirect=True)
def test_a_key_that_the_other_side_refuses_is_told_by_name_and_the_next_copy_succeeds(sides, tmp_path):
    here, there = sides
    add_backup(here, BACKUP, os.urandom(10_000))
    cli, _ = _clis(sides, tmp_path)
    key = there.folder / "key-there"
    right = key.read_text()
    key.write_text(
        json.dumps({"access_key_id": THEIRS["access_key"], "secret_access_key": "not-theirs-at-all"})
    )
    ended = cli.run("copy", "--json")
    assert ended.code == 1
    assert ended.document["error"]["kind"] in {"VaultAccessError", "CatalogUnreachableError"}
    assert "not-theirs-at-all" not in ended.out + ended.err
    key.write_text(right)
    assert not _copied(cli)["already"]


def _described(store):
    server = {name: getattr(store.server, name) for name in ("name", "url", "access_key", "secret_key")}
    return {
        "name": store.name,
        "kind": store.kind,
        "server": server,
        "bucket": store.bucket,
        "folder": str(store.folder),
    }


def _listed(there):
    """What is listed there; each is whole, or this fails."""
    catalog, vault = there.open_catalog(), there.open_vault()
    listed = ListBackups(catalog).run(SOURCE)
    for one in listed:
        assert one.manifest is not None
        load_proof(catalog, one.manifest, ENGINES)
        VerifyBackup(vault, catalog, ENGINES, RecordedProgress()).run(one.manifest)
    return [one.backup for one in listed]


def _steps(moments, kind):
    """Where something changes, and in the middle of the bytes; with restic, which is slow, fewer of them."""
    last = moments.index(f"before put_new {keys.manifest(BACKUP)}")
    changes = [at for at, name in enumerate(moments[: last + 1]) if name.startswith("before put_new")]
    streaming = [at for at, name in enumerate(moments) if name.startswith("after bytes")]
    return [streaming[1], streaming[-1], *changes] if kind == "s3" else [streaming[-1], last]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("sides", ["s3-to-s3", "s3-to-restic"], indirect=True)
def test_a_copy_that_is_killed_leaves_nothing_that_lists_and_is_not_whole_and_the_next_one_succeeds(
    sides, tmp_path
):
    here, there = sides
    add_backup(here, BACKUP, os.urandom(5_000_000))
    with runs_of("tests.integration.killed_copy", here.server.environment()) as run:
        moments = run([_described(here), _described(there)]).moments
        assert _listed(there) == [BACKUP]
        for at in _steps(moments, there.kind):
            fresh = _store("there", there.kind, there.server, tmp_path)
            described = [_described(here), _described(fresh)]
            killed = run(described, at)
            assert killed.returncode == -signal.SIGKILL, (moments[at], killed.output)
            assert _listed(fresh) == [], moments[at]  # the manifest is put last, and each of these is before
            ended = run(described)
            assert ended.returncode == 0, (moments[at], ended.output)
            assert _listed(fresh) == [BACKUP], moments[at]
