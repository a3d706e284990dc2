"""Removing an archive: what a store surely refused is told apart from what nobody knows."""

import pytest
from botocore.stub import Stubber

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.s3 import versions
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.domain.errors import DeleteRefusedError, VaultError

REF = "archives/scims-db/20261122T020000Z-0123456789abcdef.dump.zst"
LISTED = {"IsTruncated": False, "Versions": [{"Key": REF, "VersionId": "v1", "IsLatest": True, "Size": 7}]}
DELETE = {"Bucket": "backups", "Key": REF, "VersionId": "v1"}


@pytest.mark.parametrize(
    ("code", "status"),
    [("AccessDenied", 403), ("InvalidRequest", 400), ("ObjectLocked", 400), ("NotImplemented", 501)],
)
def test_what_the_store_refuses_is_refused_whatever_its_words(offline_client, code, status):
    with Stubber(offline_client) as store:
        store.add_response("list_object_versions", LISTED)
        store.add_client_error("delete_object", code, "WORM protected", status, expected_params=DELETE)
        store.add_response("head_object", {})
        with pytest.raises(DeleteRefusedError, match="WORM protected"):
            versions.remove(Access(offline_client, S3Place("backups")), REF)


@pytest.mark.parametrize(("code", "status"), [("InternalError", 500), ("SlowDown", 503), ("", 504)])
def test_what_failed_in_the_store_is_not_known_to_be_refused(offline_client, code, status):
    with Stubber(offline_client) as store:
        store.add_response("list_object_versions", LISTED)
        store.add_client_error("delete_object", code, "try again", status, expected_params=DELETE)
        with pytest.raises(VaultError) as caught:
            versions.remove(Access(offline_client, S3Place("backups")), REF)
    assert not isinstance(caught.value, DeleteRefusedError)


def test_a_store_that_lists_no_versions_refuses_before_anything_is_removed(offline_client):
    with Stubber(offline_client) as store:
        store.add_client_error("list_object_versions", "NotImplemented", "no versions here", 501)
        with pytest.raises(DeleteRefusedError, match="no versions here"):
            versions.remove(Access(offline_client, S3Place("backups")), REF)
