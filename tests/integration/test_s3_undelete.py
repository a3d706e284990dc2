"""Deleting where the bucket keeps older versions for some days: hidden, not gone, lock or none."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scims_backup.domain.errors import ArchiveMissingError, DeleteRefusedError
from scims_backup.domain.object_lock import ObjectLock
from tests.contract.vault_contract import fetched, new_backup, put, some_bytes
from tests.support.s3.vaults import S3Playground


@pytest.fixture(params=["moto", "seaweedfs", "localstack"])
def s3_server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def undeleting(s3_server, tmp_path):
    """Give a bucket as template.yaml makes it."""
    place = S3Playground(s3_server, tmp_path, versioned=True, undelete_days=30)
    place.vault().prepare()
    return place


def test_an_archive_is_hidden_by_a_mark_and_its_version_stays(undeleting):
    vault = undeleting.vault()
    kept, gone = (put(vault, new_backup(), some_bytes(2_000_000, seed)).ref for seed in (1, 2))
    stored = undeleting.versions(gone)
    vault.delete(gone)
    versions, marks = undeleting.versions(gone)
    assert (versions, len(marks)) == (stored[0], 1)
    assert [archive.ref for archive in vault.archives()] == [kept]
    with pytest.raises(ArchiveMissingError):
        fetched(vault, gone)
    usage = vault.usage()
    assert 2_000_000 < usage.noncurrent_bytes < 2_100_000
    assert 2_000_000 < usage.source_bytes < 2_100_000


def test_what_was_deleted_is_undeleted_by_removing_the_mark(undeleting):
    vault = undeleting.vault()
    ref = put(vault, new_backup(), b"abc").ref
    vault.delete(ref)
    ((), (mark,)) = ((), undeleting.versions(ref)[1])
    undeleting.look.delete_object(
        Bucket=undeleting.place.bucket, Key=undeleting.place.key(ref), VersionId=mark
    )
    assert fetched(vault, ref) == b"abc"


def test_deleting_again_adds_no_second_mark(undeleting):
    vault = undeleting.vault()
    ref = put(vault, new_backup(), b"abc").ref
    for _ in range(3):
        vault.delete(ref)
    assert len(undeleting.versions(ref)[1]) == 1


def test_an_archive_that_never_was_gets_no_mark(undeleting):
    ref = f"archives/scims-db/{new_backup().stamp}-0123456789abcdef.dump.zst"
    undeleting.vault().delete(ref)
    assert undeleting.versions(ref) == ([], [])


@pytest.mark.parametrize("s3_server", ["seaweedfs", "localstack"], indirect=True)
@pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
def test_a_locked_archive_is_hidden_too_and_its_version_cannot_be_removed(s3_server, tmp_path, mode):
    """Without moto, which forgets the lock of a multipart upload."""
    place = S3Playground(s3_server, tmp_path, object_lock=True, undelete_days=30)
    vault = place.vault(lock=ObjectLock(mode, 3), clock=lambda: datetime.now(UTC))
    vault.prepare()
    ref = put(vault, new_backup(), b"abc").ref
    vault.delete(ref)
    ((version,), (_,)) = place.versions(ref)
    assert vault.archives() == []
    with pytest.raises(place.look.exceptions.ClientError, match="AccessDenied"):
        place.look.delete_object(Bucket=place.place.bucket, Key=place.place.key(ref), VersionId=version)


@pytest.mark.parametrize(
    "rule", [{"Prefix": "elsewhere/"}, {"Tag": {"Key": "a", "Value": "b"}}], ids=["prefix", "tag"]
)
def test_where_the_rule_is_for_other_objects_all_versions_go(moto, tmp_path, rule):
    place = S3Playground(moto, tmp_path, versioned=True)
    expires: Any = {"ID": "x", "Filter": rule, "NoncurrentVersionExpiration": {"NoncurrentDays": 30}}
    rules: Any = [{"Status": "Enabled", **expires}]
    place.look.put_bucket_lifecycle_configuration(
        Bucket=place.place.bucket, LifecycleConfiguration={"Rules": rules}
    )
    vault = place.vault()
    vault.prepare()
    ref = put(vault, new_backup(), b"abc").ref
    vault.delete(ref)
    assert place.versions(ref) == ([], [])


def test_a_bucket_that_lets_nobody_see_its_lifecycle_keeps_the_archive(seaweedfs, tmp_path):
    place = S3Playground(seaweedfs, tmp_path, versioned=True, undelete_days=30)
    vault = place.vault()
    vault.prepare()
    ref = put(vault, new_backup(), b"abc").ref
    denied = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:GetLifecycleConfiguration",
                "Resource": f"arn:aws:s3:::{place.place.bucket}",
            }
        ],
    }
    place.deny(denied)
    with pytest.raises(DeleteRefusedError, match="allow s3:GetLifecycleConfiguration in bucket"):
        vault.delete(ref)
    assert fetched(vault, ref) == b"abc"
