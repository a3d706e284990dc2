"""Versions in buckets: what a copy keeps, how large ones are copied, and what a store refuses."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.adapters.s3.client import new_client
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.s3.versioned import S3VersionedPlace
from scims_backup.domain.errors import RecoveryError

_MIB = 1024**2
KEY = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d"


@pytest.fixture
def place_in(monkeypatch):
    def make(server, bucket, **options):
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        return S3VersionedPlace(new_client(), S3Place(bucket, "p"), lambda: datetime.now(UTC), **options)

    return make


def _overwritten(client, bucket, **options):
    client.put_object(Bucket=bucket, Key="p/x", **options)
    client.put_object(Bucket=bucket, Key="p/x", Body=b"garbage")


def _put_back(place):
    place.put_on_top(next(version for version in place.versions() if not version.is_current))


@pytest.mark.parametrize("server", ["moto", "seaweedfs"])
def test_what_is_larger_than_one_copy_takes_is_copied_in_parts_with_its_type_and_metadata(
    server, request, place_in
):
    server = request.getfixturevalue(server)
    client, bucket = server.client(), server.new_bucket(versioned=True)
    data = os.urandom(12 * _MIB)
    _overwritten(client, bucket, Body=data, ContentType="text/x-ours", Metadata={"of": "then"})
    _put_back(place_in(server, bucket, at_once=5 * _MIB))
    found = client.get_object(Bucket=bucket, Key="p/x")
    assert found["Body"].read() == data
    assert "-3" in found["ETag"], "in three parts"
    assert (found["ContentType"], found["Metadata"]) == ("text/x-ours", {"of": "then"})


def test_the_copy_of_a_locked_version_is_locked_as_long(seaweedfs, place_in):
    client, bucket = seaweedfs.client(), seaweedfs.new_bucket(object_lock=True)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    _overwritten(
        client, bucket, Body=b"of then", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until
    )
    _put_back(place_in(seaweedfs, bucket))
    found = client.get_object(Bucket=bucket, Key="p/x")
    assert (found["Body"].read(), found["ObjectLockRetainUntilDate"]) == (b"of then", until)


def test_a_copy_is_encrypted_under_the_key_of_its_original(moto, place_in):
    client, bucket = moto.client(), moto.new_bucket(versioned=True)
    _overwritten(client, bucket, Body=b"of then", ServerSideEncryption="aws:kms", SSEKMSKeyId=KEY)
    _put_back(place_in(moto, bucket))
    assert client.head_object(Bucket=bucket, Key="p/x")["SSEKMSKeyId"] == KEY


@pytest.mark.parametrize("status", [None, "Suspended"])
def test_a_bucket_that_keeps_no_versions_is_refused_with_the_command_that_switches_them_on(
    seaweedfs, place_in, status
):
    bucket = seaweedfs.new_bucket()
    if status:
        seaweedfs.client().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
    with pytest.raises(RecoveryError, match=rf"keeps no versions.*--bucket {bucket} .*Status=Enabled"):
        place_in(seaweedfs, bucket).require_versions()


REFUSED = {
    "s3:GetBucketVersioning": lambda place, _: place.require_versions(),
    "s3:ListBucketVersions": lambda place, _: list(place.versions()),
    "s3:GetObjectVersion": lambda place, version: place.same_bytes(version, version),
    "s3:DeleteObjectVersion": lambda place, version: place.remove_markers("x", (version.id,)),
    "s3:PutObject": lambda place, version: place.put_on_top(version),
    "s3:DeleteObject": lambda place, _: place.put_aside("x"),
}


@pytest.mark.parametrize("right", REFUSED)
def test_a_refusal_names_the_right_that_is_missing_and_how_to_go_on(right, seaweedfs, place_in, monkeypatch):
    bucket = seaweedfs.new_bucket(versioned=True)
    seaweedfs.client().put_object(Bucket=bucket, Key="p/x", Body=b"x")
    (version,) = place_in(seaweedfs, bucket).versions()
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    wrong = S3VersionedPlace(new_client(), S3Place(bucket, "p"), lambda: datetime.now(UTC))
    with pytest.raises(RecoveryError, match=rf"{right}.*run the command again: it resumes"):
        REFUSED[right](wrong, version)
