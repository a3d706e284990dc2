"""Which buckets keep what is deleted for some days and then let it go, and what deleting does there."""

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from scims_backup.adapters.s3 import lifecycle
from scims_backup.adapters.s3.lifecycle import expiring_days
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.adapters.vaults.s3.removal import Removal
from scims_backup.domain.errors import DeleteRefusedError, VaultAccessError, VaultUnreachableError

REF = "archives/scims-db/20261122T020000Z-0123456789abcdef.dump.zst"
BUCKET = {"Bucket": "backups"}
EXPIRES = {"NoncurrentVersionExpiration": {"NoncurrentDays": 30}}
RULE = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, **EXPIRES}
VERSION = {"Key": REF, "VersionId": "v1", "IsLatest": True, "Size": 7}


@pytest.mark.parametrize(
    ("changed", "days"),
    [
        ({}, 30),
        ({"Filter": {}}, 30),
        ({"Filter": {"Prefix": "some/"}}, 30),
        ({"Filter": {"Prefix": "some/where/archives/scims-db/"}}, 30),
        ({"Filter": {"Prefix": "some/where/archives/scims-db/2026"}}, None),
        ({"Filter": {"Prefix": "elsewhere/"}}, None),
        ({"Filter": {"Tag": {"Key": "a", "Value": "b"}}}, None),
        ({"Filter": {"ObjectSizeGreaterThan": 1000}}, None),
        ({"Filter": {"ObjectSizeLessThan": 1000}}, None),
        ({"Filter": {"And": {"Prefix": "", "Tags": [{"Key": "a", "Value": "b"}]}}}, None),
        ({"Status": "Disabled"}, None),
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 1}}, None),
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 0}}, 30),
        ({"NoncurrentVersionExpiration": {}}, None),
    ],
)
def test_a_rule_counts_only_if_it_expires_every_older_version_of_the_source(changed, days):
    assert expiring_days([{**RULE, **changed}], "some/where/archives/scims-db/") == days


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ([], None),
        ([{"ID": "uploads", "Status": "Enabled", "AbortIncompleteMultipartUpload": {}}], None),
        ([{"ID": "young", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 3}}], None),
        ([{"ID": "old form", "Status": "Enabled", "Prefix": "", **EXPIRES}], 30),
        ([{"ID": "no filter", "Status": "Enabled", **EXPIRES}], 30),
        ([RULE, {**RULE, "NoncurrentVersionExpiration": {"NoncurrentDays": 7}}], 7),
        ([{**RULE, "Status": "Disabled"}, RULE], 30),
    ],
)
def test_of_several_rules_the_shortest_counts_and_what_expires_nothing_old_does_not(rules, days):
    assert expiring_days(rules, "archives/scims-db/") == days


def removal(client):
    return Removal(Access(client, S3Place("backups")), "scims-db")


def listed_and_deleted_by_version(store):
    store.add_response("list_object_versions", {"IsTruncated": False, "Versions": [VERSION]})
    store.add_response("delete_object", {}, {**BUCKET, "Key": REF, "VersionId": "v1"})


@pytest.mark.parametrize("status", [{}, {"Status": "Suspended"}])
def test_where_nothing_older_is_kept_all_versions_go_and_no_lifecycle_is_asked_for(offline_client, status):
    with Stubber(offline_client) as store:
        store.add_response("get_bucket_versioning", status, BUCKET)
        listed_and_deleted_by_version(store)
        removal(offline_client).remove(REF)
        store.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "status"),
    [("NoSuchLifecycleConfiguration", 404), ("NotImplemented", 501), ("MethodNotAllowed", 405), ("", 501)],
)
def test_a_store_that_knows_no_lifecycle_loses_all_versions(offline_client, code, status):
    with Stubber(offline_client) as store:
        store.add_response("get_bucket_versioning", {"Status": "Enabled"}, BUCKET)
        store.add_client_error("get_bucket_lifecycle_configuration", code, "none here", status)
        listed_and_deleted_by_version(store)
        removal(offline_client).remove(REF)
        store.assert_no_pending_responses()


def test_a_store_that_knows_no_versions_loses_the_object(offline_client):
    with Stubber(offline_client) as store:
        store.add_client_error("get_bucket_versioning", "NotImplemented", "none here", 501)
        listed_and_deleted_by_version(store)
        removal(offline_client).remove(REF)
        store.assert_no_pending_responses()


def test_where_older_versions_expire_a_mark_is_put_without_a_version_and_the_bucket_asked_once(
    offline_client,
):
    asked = removal(offline_client)
    with Stubber(offline_client) as store:
        store.add_response("get_bucket_versioning", {"Status": "Enabled"}, BUCKET)
        store.add_response("get_bucket_lifecycle_configuration", {"Rules": [RULE]}, BUCKET)
        for _ in range(2):
            store.add_response("head_object", {}, {**BUCKET, "Key": REF})
            store.add_response("delete_object", {"DeleteMarker": True}, {**BUCKET, "Key": REF})
        asked.remove(REF)
        asked.remove(REF)
        store.assert_no_pending_responses()


@pytest.mark.parametrize("question", ["get_bucket_versioning", "get_bucket_lifecycle_configuration"])
def test_a_question_that_is_denied_refuses_the_removal_by_the_right_that_is_missing(offline_client, question):
    right = {
        "get_bucket_versioning": lifecycle.VERSIONING_RIGHT,
        "get_bucket_lifecycle_configuration": lifecycle.LIFECYCLE_RIGHT,
    }[question]
    with Stubber(offline_client) as store:
        if question != "get_bucket_versioning":
            store.add_response("get_bucket_versioning", {"Status": "Enabled"}, BUCKET)
        store.add_client_error(question, "AccessDenied", "no", 403)
        with pytest.raises(DeleteRefusedError, match=f"allow {right} in bucket backups"):
            removal(offline_client).remove(REF)


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("SignatureDoesNotMatch", 403, VaultAccessError),
        ("ExpiredToken", 400, VaultAccessError),
        ("SlowDown", 503, VaultUnreachableError),
        ("InternalError", 500, VaultUnreachableError),
    ],
)
def test_a_question_that_is_not_answered_is_no_answer(offline_client, code, status, error):
    with Stubber(offline_client) as store:
        store.add_client_error("get_bucket_versioning", code, "later", status)
        with pytest.raises(error):
            removal(offline_client).remove(REF)


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [("AccessDenied", 403, DeleteRefusedError), ("InternalError", 500, VaultUnreachableError)],
)
def test_a_mark_that_is_not_put_is_told(offline_client, code, status, error):
    with Stubber(offline_client) as store:
        store.add_response("get_bucket_versioning", {"Status": "Enabled"}, BUCKET)
        store.add_response("get_bucket_lifecycle_configuration", {"Rules": [RULE]}, BUCKET)
        store.add_response("head_object", {}, {**BUCKET, "Key": REF})
        store.add_client_error("delete_object", code, "no", status, expected_params={**BUCKET, "Key": REF})
        with pytest.raises(error, match=r"s3:DeleteObject|check the network"):
            removal(offline_client).remove(REF)


def test_other_answers_about_the_lifecycle_are_raised(offline_client):
    with Stubber(offline_client) as store:
        store.add_client_error("get_bucket_lifecycle_configuration", "NoSuchBucket", "gone", 404)
        with pytest.raises(ClientError):
            lifecycle.undelete_days(offline_client, "backups", "")
