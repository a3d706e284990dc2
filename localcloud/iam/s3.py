"""What S3 asks IAM about a call ('Actions, resources, and condition keys for Amazon S3')."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from localcloud.iam.errors import PolicyError
from localcloud.iam.evaluation import Request
from localcloud.iam.world import Call, World

_OTHER_NAMES = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
}
"""Actions whose name is not the operation's."""
_SAME_NAMES = {
    *("GetObject", "DeleteObject", "AbortMultipartUpload", "GetObjectRetention", "PutObjectRetention"),
    *(
        "GetBucketLocation",
        "GetBucketVersioning",
        "PutBucketVersioning",
        "GetBucketPolicy",
        "PutBucketPolicy",
    ),
    *("DeleteBucketPolicy", "DeleteBucket", "PutObjectLegalHold", "GetObjectLegalHold", "PutBucketAcl"),
    *("PutObjectAcl", "PutObjectTagging", "GetObjectTagging"),
}
_PUTS = {"PutObject": True, "CompleteMultipartUpload": True, "CopyObject": True} | dict.fromkeys(
    ("CreateMultipartUpload", "UploadPart", "UploadPartCopy"), False
)
"""Operations that S3 calls PutObject, and whether they create the object: only these say If-None-Match."""
_OF_VERSIONS = ("GetObject", "DeleteObject", "GetObjectTagging", "PutObjectTagging", "PutObjectAcl")
"""Actions that have another name where a version is named."""
_SECONDS_OF_A_DAY = 86400
_LISTED = {"Prefix": "s3:prefix", "Delimiter": "s3:delimiter", "MaxKeys": "s3:max-keys"}
_PUT = {
    "IfNoneMatch": "s3:if-none-match",
    "IfMatch": "s3:if-match",
    "ObjectLockLegalHoldStatus": "s3:object-lock-legal-hold",
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "CopySource": "s3:x-amz-copy-source",
}
"""Condition keys by the parameter that sets them."""


def requests_of_s3(call: Call, world: World) -> Iterator[Request]:
    """Yield what must be allowed. Raise PolicyError if the operation is not known here."""
    given = call.given
    match call.operation:
        case operation if operation in _PUTS:
            yield from _puts(operation, given, world)
        case "DeleteObjects":
            for one in given["Delete"]["Objects"]:
                yield from _deletion({**given, **one}, world)
        case "DeleteObject":
            yield from _deletion(given, world)
        case "PutObjectRetention":
            lock = given["Retention"]
            yield Request(
                "s3:PutObjectRetention", _arn(given), _lock(lock["Mode"], lock["RetainUntilDate"], world)
            )
            yield from _bypass(given)
        case "ListBuckets":
            yield Request("s3:ListAllMyBuckets", "*")
        case operation:
            yield from _plain(operation, given, world)


def _plain(operation: str, given: Mapping[str, Any], world: World) -> Iterator[Request]:
    name = _OTHER_NAMES.get(operation, operation if operation in _SAME_NAMES else None)
    if name is None:
        raise PolicyError(f"s3 {operation} is not known here: add what it asks for to iam/s3.py")
    context = _texts(_LISTED, given) if operation.startswith("ListObject") else {}
    version = given.get("VersionId") if name in _OF_VERSIONS else None
    if version:
        context["s3:versionid"] = str(version)
    yield Request(f"s3:{name}{'Version' if version else ''}", _arn(given), context)
    if operation == "GetObject":
        yield from _with_key("Decrypt", given, world)


def _puts(operation: str, given: Mapping[str, Any], world: World) -> Iterator[Request]:
    if "CopySource" in given:
        yield from _source_of(given["CopySource"], world)
    context = {"s3:ObjectCreationOperation": str(_PUTS[operation]).lower()} | _texts(_PUT, given)
    lock: dict[str, str] = {}
    if "ObjectLockMode" in given:
        lock = _lock(given["ObjectLockMode"], given["ObjectLockRetainUntilDate"], world)
    yield Request("s3:PutObject", _arn(given), context | lock)
    if lock:
        yield Request("s3:PutObjectRetention", _arn(given), lock)
    if "ObjectLockLegalHoldStatus" in given:
        yield Request("s3:PutObjectLegalHold", _arn(given))
    if "Tagging" in given:
        yield Request("s3:PutObjectTagging", _arn(given))
    if operation != "CompleteMultipartUpload":
        yield from _with_key("GenerateDataKey", given, world)
    if operation != "PutObject":
        yield from _with_key("Decrypt", given, world)


def _source_of(source: str | Mapping[str, str], world: World) -> Iterator[Request]:
    if isinstance(source, str):
        path, _, version = source.partition("?versionId=")
        bucket, _, key = path.removeprefix("/").partition("/")
        source = {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})
    yield from _plain("GetObject", source, world)


def _deletion(given: Mapping[str, Any], _world: World) -> Iterator[Request]:
    yield from _plain("DeleteObject", given, _world)
    yield from _bypass(given)


def _bypass(given: Mapping[str, Any]) -> Iterator[Request]:
    if given.get("BypassGovernanceRetention"):
        yield Request("s3:BypassGovernanceRetention", _arn(given))


def _arn(given: Mapping[str, Any]) -> str:
    return "arn:aws:s3:::" + "/".join(filter(None, (given["Bucket"], given.get("Key"))))


def _texts(keys: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(given[name]) for name, key in keys.items() if isinstance(given.get(name), str | int)}


def _lock(mode: str, until: str | datetime, world: World) -> dict[str, str]:
    moment = until if isinstance(until, datetime) else datetime.fromisoformat(until)
    days = (moment - world.now).total_seconds() / _SECONDS_OF_A_DAY
    return {
        "s3:object-lock-mode": mode,
        "s3:object-lock-retain-until-date": moment.isoformat(),
        "s3:object-lock-remaining-retention-days": f"{days:.3f}",
    }


def _with_key(action: str, given: Mapping[str, Any], world: World) -> Iterator[Request]:
    """What SSE-KMS asks of the bucket's key, or of the one that the call names, with bucket keys on."""
    key = given.get("SSEKMSKeyId") or world.keys.get(given["Bucket"])
    if key:
        yield world.key_use(action, key, "s3", {"aws:s3:arn": f"arn:aws:s3:::{given['Bucket']}"})
