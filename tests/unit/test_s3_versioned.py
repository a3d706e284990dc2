"""What a copy of an older version is told, so that it does not get the bucket's defaults."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.s3.versioned import S3VersionedPlace
from scims_backup.domain.recovery import ObjectVersion

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
LATER, OVER = NOW + timedelta(days=1), NOW - timedelta(days=1)
KMS = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "arn:key", "BucketKeyEnabled": True}
HEADS = {
    "nothing special": ({"ContentType": "text/plain", "ServerSideEncryption": "AES256"}, {}),
    "under a key of its own": (KMS, KMS),
    "locked": (
        {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": LATER},
        {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": LATER},
    ),
    "locked until yesterday": ({"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": OVER}, {}),
}


class Client:
    """Answers what was asked, and remembers."""

    def __init__(self, head):
        self.head = head
        self.copied = {}

    def head_object(self, **named):
        assert named == {"Bucket": "b", "Key": "p/x", "VersionId": "v1"}
        return self.head

    def copy_object(self, **options):
        self.copied = options


@pytest.mark.parametrize(("head", "told"), HEADS.values(), ids=HEADS)
def test_a_copy_is_as_well_encrypted_and_locked_as_its_original(head, told):
    client: Any = Client(head)
    S3VersionedPlace(client, S3Place("b", "p"), lambda: NOW).put_on_top(
        ObjectVersion("x", "v1", OVER, is_marker=False, is_current=False, bytes=7)
    )
    source = {"Bucket": "b", "Key": "p/x", "VersionId": "v1"}
    assert client.copied == {"Bucket": "b", "Key": "p/x", "CopySource": source, **told}
