"""Removing an archive: what a store surely refused is told apart from what nobody knows."""

import os

import pytest
from botocore.stub import Stubber

from scims_backup.adapters.s3.client import new_client
from scims_backup.adapters.s3.place import Place
from scims_backup.adapters.vaults.s3 import versions
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.domain.errors import DeleteRefusedError, VaultError

REF = "archives/scims-db/20261122T020000Z-0123456789abcdef.dump.zst"
LISTED = {"IsTruncated": False, "Versions": [{"Key": REF, "VersionId": "v1", "IsLatest": True, "Size": 7}]}
DELETE = {"Bucket": "backups", "Key": REF, "VersionId": "v1"}


@pytest.fixture
def client(monkeypatch):
    for name, value in {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_ENDPOINT_URL": "https://s3.example.org",
    }.items():
        monkeypatch.setenv(name, value)
    return new_client()


@pytest.mark.parametrize(
    ("code", "status"),
    [("AccessDenied", 403), ("InvalidRequest", 400), ("ObjectLocked", 400), ("NotImplemented", 501)],
)
def test_what_the_store_refuses_is_refused_whatever_its_words(client, code, status):
    with Stubber(client) as store:
        store.add_response("list_object_versions", LISTED)
        store.add_client_error("delete_object", code, "WORM protected", status, expected_params=DELETE)
        store.add_response("head_object", {})
        with pytest.raises(DeleteRefusedError, match="WORM protected"):
            versions.remove(Access(client, Place("backups")), REF)


@pytest.mark.parametrize(("code", "status"), [("InternalError", 500), ("SlowDown", 503), ("", 504)])
def test_what_failed_in_the_store_is_not_known_to_be_refused(client, code, status):
    with Stubber(client) as store:
        store.add_response("list_object_versions", LISTED)
        store.add_client_error("delete_object", code, "try again", status, expected_params=DELETE)
        with pytest.raises(VaultError) as caught:
            versions.remove(Access(client, Place("backups")), REF)
    assert not isinstance(caught.value, DeleteRefusedError)


def test_a_store_that_lists_no_versions_refuses_before_anything_is_removed(client):
    with Stubber(client) as store:
        store.add_client_error("list_object_versions", "NotImplemented", "no versions here", 501)
        with pytest.raises(DeleteRefusedError, match="no versions here"):
            versions.remove(Access(client, Place("backups")), REF)
