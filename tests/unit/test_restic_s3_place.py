"""Where in S3 a restic repository lies, read as restic reads its address."""

import pytest
from botocore.stub import Stubber

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.restic.older_versions import with_older_versions
from scims_backup.adapters.vaults.restic.s3_place import S3Repository
from scims_backup.ports import Usage

USAGE = Usage("place", 5, 10)


@pytest.mark.parametrize(
    ("address", "endpoint", "place", "region"),
    [
        ("s3:https://s3.example.org/bucket/a/b", "https://s3.example.org", S3Place("bucket", "a/b"), None),
        ("s3:https://s3.example.org/bucket", "https://s3.example.org", S3Place("bucket"), None),
        ("s3:https://s3.example.org/bucket/", "https://s3.example.org", S3Place("bucket"), None),
        ("s3:http://127.0.0.1:9000/bucket/a/", "http://127.0.0.1:9000", S3Place("bucket", "a"), None),
        ("s3:s3.example.org/bucket/a//b", "https://s3.example.org", S3Place("bucket", "a/b"), None),
        ("s3://s3.example.org/bucket/./a", "https://s3.example.org", S3Place("bucket", "a"), None),
        ("s3:s3.amazonaws.com/bucket", "https://s3.amazonaws.com", S3Place("bucket"), None),
        (
            "s3:https://s3.eu-central-1.amazonaws.com/bucket/scims-db",
            "https://s3.eu-central-1.amazonaws.com",
            S3Place("bucket", "scims-db"),
            "eu-central-1",
        ),
        (
            "s3:https://s3.cn-north-1.amazonaws.com.cn/bucket",
            "https://s3.cn-north-1.amazonaws.com.cn",
            S3Place("bucket"),
            "cn-north-1",
        ),
        (
            "s3:https://s3.us-gov-west-1.amazonaws.com/bucket",
            "https://s3.us-gov-west-1.amazonaws.com",
            S3Place("bucket"),
            "us-gov-west-1",
        ),
    ],
)
def test_an_address_in_s3_is_read_as_restic_reads_it(address, endpoint, place, region):
    assert S3Repository.of(address) == S3Repository(endpoint, place, region)


@pytest.mark.parametrize(
    "address",
    [
        "/backups/scims",
        "rest:https://host/s3:x/y",
        "sftp:host:/s3:a/b",
        "b2:bucket:a",
        "s3:",
        "s3:host",
        "s3",
    ],
)
def test_other_repositories_are_not_in_s3(address):
    assert S3Repository.of(address) is None


@pytest.mark.parametrize(
    ("code", "unmeasured"), [("NotImplemented", 0), ("AccessDenied", 1), ("SlowDown", 1)]
)
def test_a_store_without_versions_has_no_older_ones_and_any_other_silence_is_told(
    offline_client, code, unmeasured
):
    repository = S3Repository("https://s3.example.org", S3Place("bucket"))
    repository.__dict__["client"] = offline_client
    status = {"NotImplemented": 501, "AccessDenied": 403, "SlowDown": 503}[code]
    with Stubber(offline_client) as store:
        store.add_client_error("list_object_versions", code, "no", status)
        measured = with_older_versions(USAGE, repository)
    assert (measured.place_bytes, measured.noncurrent_bytes) == (10, 0)
    assert len(measured.unmeasured) == unmeasured
    assert measured.unlisted == measured.unmeasured
