"""Where in S3 a repository lies: read as restic itself reads it."""

import pytest

from scims_backup.adapters.s3.place import Place
from scims_backup.adapters.vaults.restic.s3_address import S3Address, s3_address

ADDRESSES = {
    "s3:https://s3.example.org/bucket/a/b": S3Address("https://s3.example.org", Place("bucket", "a/b")),
    "s3:http://127.0.0.1:9000/bucket": S3Address("http://127.0.0.1:9000", Place("bucket")),
    "s3:http://127.0.0.1:9000/bucket/a/": S3Address("http://127.0.0.1:9000", Place("bucket", "a")),
    "s3:s3.example.org/bucket/a": S3Address("https://s3.example.org", Place("bucket", "a")),
    "s3://s3.example.org/bucket/a": S3Address("https://s3.example.org", Place("bucket", "a")),
    "s3:https://s3.eu-central-1.amazonaws.com/bucket/a": S3Address(None, Place("bucket", "a")),
    "s3:s3.amazonaws.com/bucket": S3Address(None, Place("bucket")),
    "s3:https://s3.cn-north-1.amazonaws.com.cn/bucket/a": S3Address(None, Place("bucket", "a")),
    "s3:https://amazonaws.com.example.org/bucket": S3Address(
        "https://amazonaws.com.example.org", Place("bucket")
    ),
    "s3:https://s3.example.org": None,
    "s3:https://s3.example.org/": None,
    "/var/backups/vault": None,
    "rest:https://s3.example.org/bucket": None,
    "b2:bucket:a": None,
}


@pytest.mark.parametrize(("repository", "address"), ADDRESSES.items())
def test_a_repository_s_address_is_read_as_restic_reads_it(repository, address):
    assert s3_address(repository) == address
