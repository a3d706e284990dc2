"""A restic vault on a real S3 server, with every way in which credentials come."""

import json
import os
import stat
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.vaults.restic import ResticVault
from scims_backup.adapters.vaults.restic.object_locks import RepositoryLocks
from scims_backup.adapters.vaults.restic.s3_place import S3Repository
from scims_backup.cli.main import run
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.errors import VaultAccessError
from scims_backup.domain.object_lock import ObjectLock
from tests.contract.vault_contract import fetched, new_backup, put, some_bytes
from tests.fakes import a_manifest, put_backup


def _credentials(store):
    expires = datetime.now(UTC) + timedelta(minutes=20)
    return {
        "Version": 1,
        "AccessKeyId": store.access_key,
        "SecretAccessKey": store.secret_key,
        "Token": "",
        "Expiration": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
    }


def _without_keys(store):
    return {name: value for name, value in store.environment().items() if "KEY" not in name}


@pytest.fixture
def vault_with(seaweedfs, tmp_path, monkeypatch):
    empty = seaweedfs.new_bucket()

    def make(variables, bucket=empty):
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        environment = {**os.environ, "RESTIC_PASSWORD": "correct horse", "RESTIC_CACHE_DIR": str(tmp_path)}
        catalog = FolderCatalog(tmp_path / "catalog")
        return ResticVault(f"s3:{seaweedfs.url}/{bucket}/vault", "scims-db", catalog, environment)

    return make


def _works(vault):
    vault.prepare()
    ref = put(vault, new_backup(), b"archive").ref
    assert fetched(vault, ref) == b"archive"


def test_keys_of_the_environment_reach_restic(vault_with, seaweedfs):
    vault = vault_with(seaweedfs.environment())
    _works(vault)
    assert vault.usage().source_bytes > 0


def test_credentials_of_a_profile_s_program_reach_restic_fresh_for_each_command(
    vault_with, seaweedfs, tmp_path
):
    asked = tmp_path / "asked"
    program = tmp_path / "program"
    answer = json.dumps(_credentials(seaweedfs))
    program.write_text(f"#!{sys.executable}\nopen({str(asked)!r}, 'a').write('x')\nprint({answer!r})\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    configuration = tmp_path / "configuration"
    configuration.write_text(f"[profile night]\ncredential_process = {program}\n")
    _works(vault_with({"AWS_CONFIG_FILE": str(configuration), "AWS_PROFILE": "night"}))
    assert asked.read_text() == "x" * 8  # once for each command


def test_credentials_of_a_container_are_asked_for_by_restic_itself(vault_with, seaweedfs):
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(_credentials(seaweedfs)).encode())

        def log_message(self, *_arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        _works(vault_with({**_without_keys(seaweedfs), "AWS_CONTAINER_CREDENTIALS_FULL_URI": address}))
        server.shutdown()
    assert set(asked) == {"/"}


def test_a_profile_that_is_not_there_is_named_before_anything_is_tried(vault_with, tmp_path):
    (tmp_path / "empty").touch()
    vault = vault_with({"AWS_CONFIG_FILE": str(tmp_path / "empty"), "AWS_PROFILE": "nobody"})
    with pytest.raises(VaultAccessError, match="ProfileNotFound"):
        vault.prepare()


def test_wrong_keys_are_refused_by_name(vault_with, seaweedfs):
    vault = vault_with({**seaweedfs.environment(), "AWS_SECRET_ACCESS_KEY": "wrong"})
    with pytest.raises(VaultAccessError) as caught:
        vault.archives()
    assert "wrong" not in str(caught.value)


def test_usage_tells_what_older_versions_take_once_restic_has_deleted(vault_with, seaweedfs):
    bucket = seaweedfs.new_bucket(versioned=True, undelete_days=30)
    vault = vault_with(seaweedfs.environment(), bucket)
    vault.prepare()
    kept, gone = (put(vault, new_backup(), some_bytes(2_000_000, seed)).ref for seed in (1, 2))
    before = vault.usage()
    vault.delete(gone)
    vault.reclaim()
    after = vault.usage()
    assert before.noncurrent_bytes < 100_000
    assert 2_000_000 < after.noncurrent_bytes < 2_300_000
    assert after.place_bytes == after.current_bytes + after.noncurrent_bytes
    assert before.source_bytes - after.source_bytes > 1_900_000
    assert fetched(vault, kept) == some_bytes(2_000_000, 1)


def test_older_versions_that_may_not_be_listed_are_said_not_to_be_measured(vault_with, seaweedfs):
    bucket = seaweedfs.new_bucket(versioned=True)
    vault = vault_with(seaweedfs.environment(), bucket)
    _works(vault)
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:ListBucketVersions"}
    statement = {**denied, "Resource": f"arn:aws:s3:::{bucket}"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    seaweedfs.client().put_bucket_policy(Bucket=bucket, Policy=policy)
    usage = vault.usage()
    (told,) = usage.unmeasured
    assert usage.unlisted == (told,)
    assert usage.source_bytes > 0
    assert "older versions: cannot list" in told
    assert f"allow s3:ListBucketVersions in bucket {bucket}" in told


# --- under Object Lock: the bucket locks each new object by itself ----------------------------------------


@pytest.fixture
def locked(vault_with, seaweedfs):
    """Give a vault in a bucket that keeps each new object for two days, and that bucket."""
    bucket = seaweedfs.new_bucket(versioned=True, undelete_days=30, locked_days=2)
    vault = vault_with(seaweedfs.environment(), bucket)
    vault.prepare()
    return vault, bucket


def _objects(store, bucket, folder=""):
    pages = store.client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"vault/{folder}")
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def test_under_object_lock_backup_forget_and_prune_work_and_leave_no_lock_file(locked, seaweedfs):
    vault, bucket = locked
    first, second = (put(vault, new_backup(), some_bytes(1_000_000, seed)).ref for seed in (1, 2))
    before = _objects(seaweedfs, bucket, "data/")
    vault.delete(first)
    vault.reclaim()
    assert [archive.ref for archive in vault.archives()] == [second]
    assert fetched(vault, second) == some_bytes(1_000_000, 2)
    assert set(_objects(seaweedfs, bucket, "data/")) != set(before)
    assert _objects(seaweedfs, bucket, "locks/") == []
    third = put(vault, new_backup(), some_bytes(1_000_000, 3)).ref
    assert fetched(vault, third) == some_bytes(1_000_000, 3)


def test_under_object_lock_no_version_of_a_pack_can_be_removed_not_even_of_one_that_restic_deleted(
    locked, seaweedfs
):
    vault, bucket = locked
    vault.delete(put(vault, new_backup(), some_bytes(1_000_000)).ref)
    vault.reclaim()
    client = seaweedfs.client()
    versions = client.list_object_versions(Bucket=bucket, Prefix="vault/data/")["Versions"]
    assert len(versions) == 2  # the archive, and the tree that names it
    for version in versions:
        with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
            client.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])


def test_all_of_a_repository_is_locked_for_longer_but_for_lock_files(locked, seaweedfs):
    vault, bucket = locked
    ref = put(vault, new_backup(), b"archive").ref
    client, now = seaweedfs.client(), datetime.now(UTC)
    client.put_object(Bucket=bucket, Key="vault/locks/00ff", Body=b"somebody's")
    client.put_object(Bucket=bucket, Key="vault-of-others/data/00ff", Body=b"not ours")
    repository = S3Repository.of(f"s3:{seaweedfs.url}/{bucket}/vault")
    assert repository
    lock = ObjectLock("GOVERNANCE", 5)
    locks = RepositoryLocks(repository, lock, lambda: now)
    assert locks.extend({ref: now + timedelta(days=4), "another": now + timedelta(days=3)}) == []
    until = {
        key: client.head_object(Bucket=bucket, Key=key)["ObjectLockRetainUntilDate"]
        for key in [*_objects(seaweedfs, bucket), "vault-of-others/data/00ff"]
    }
    longer = {key for key, end in until.items() if end > now + timedelta(days=3)}
    assert set(until) - longer == {"vault/locks/00ff", "vault-of-others/data/00ff"}
    assert {key.split("/")[1] for key in longer} == {"config", "data", "index", "keys", "snapshots"}
    assert locks.extend({}) == []


def test_a_reclaim_locks_the_repository_by_the_settings_and_tells_what_is_refused(
    locked, seaweedfs, tmp_path, capsys
):
    vault, bucket = locked
    backup = BackupId("scims-db", stamp_of(datetime.now(UTC) - timedelta(minutes=5)))
    manifest = a_manifest(backup.stamp)
    ref = put(vault, backup, b"archive").ref
    put_backup(
        FolderCatalog(tmp_path / "catalog"), replace(manifest, archive=replace(manifest.archive, ref=ref))
    )
    settings = tmp_path / "scims.toml"
    settings.write_text(f"""
catalog = "file://{tmp_path}/catalog"
[sources.scims-db]
vault = "restic:s3:{seaweedfs.url}/{bucket}/vault"
retention = {{ daily = 7 }}
object_lock = {{ mode = "governance", days = 5 }}
""")
    environment = {**os.environ, "RESTIC_PASSWORD": "correct horse", "SCIMS_CONFIG": str(settings)}
    assert run(["reclaim", "--json"], environment) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []
    client = seaweedfs.client()
    (pack,) = _objects(seaweedfs, bucket, "data/")[:1]
    end = client.head_object(Bucket=bucket, Key=pack)["ObjectLockRetainUntilDate"]
    assert end > datetime.now(UTC) + timedelta(days=4)
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObjectRetention"}
    statement = {**denied, "Resource": f"arn:aws:s3:::{bucket}/*"}
    client.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    assert run(["reclaim", "--json"], environment) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert ["s3:GetObjectRetention" in problem for problem in problems[:-1]] == [True] * 3
    in_all = len(_objects(seaweedfs, bucket)) - len(_objects(seaweedfs, bucket, "locks/"))
    assert f"{in_all - 3} more locks were not extended" in problems[-1]
    assert list((tmp_path / "catalog" / "events").rglob("*-PruneFailed-*"))
