"""What IAM is asked about a request of S3's HTTP interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET

from localcloud.iam.evaluation import Request

_OF_BUCKET: Mapping[tuple[str, str], str] = {
    ("GET", "versions"): "ListBucketVersions",
    ("GET", "uploads"): "ListBucketMultipartUploads",
    ("GET", "location"): "GetBucketLocation",
    ("GET", "versioning"): "GetBucketVersioning",
    ("PUT", "versioning"): "PutBucketVersioning",
    ("GET", "lifecycle"): "GetLifecycleConfiguration",
    ("PUT", "lifecycle"): "PutLifecycleConfiguration",
    ("DELETE", "lifecycle"): "PutLifecycleConfiguration",
    ("GET", "policy"): "GetBucketPolicy",
    ("PUT", "policy"): "PutBucketPolicy",
    ("DELETE", "policy"): "DeleteBucketPolicy",
    ("GET", "object-lock"): "GetBucketObjectLockConfiguration",
    ("PUT", "object-lock"): "PutBucketObjectLockConfiguration",
}
_OF_OBJECT: Mapping[tuple[str, str], str] = {
    ("GET", "retention"): "GetObjectRetention",
    ("PUT", "retention"): "PutObjectRetention",
    ("PUT", "legal-hold"): "PutObjectLegalHold",
    ("PUT", "tagging"): "PutObjectTagging",
    ("GET", "tagging"): "GetObjectTagging",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("GET", "uploadId"): "ListMultipartUploadParts",
}
_PLAIN_BUCKET = {"GET": "ListBucket", "HEAD": "ListBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}


def asked(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Iterator[Request]:
    """Yield all that must be allowed. target: path and query; headers: by lower-case names."""
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    bucket, _, key = unquote(parts.path).removeprefix("/").partition("/")
    if not bucket:
        yield Request("s3:ListAllMyBuckets", "*")
    elif key:
        yield from _of_object(method, f"arn:aws:s3:::{bucket}/{key}", query, headers, body)
    elif method == "POST" and "delete" in query:
        yield from _of_many(bucket, body)
    else:
        named = next(
            (act for (verb, name), act in _OF_BUCKET.items() if verb == method and name in query), None
        )
        yield Request(f"s3:{named or _PLAIN_BUCKET[method]}", f"arn:aws:s3:::{bucket}")


def _of_object(
    method: str, arn: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
) -> Iterator[Request]:
    named = next((act for (verb, name), act in _OF_OBJECT.items() if verb == method and name in query), None)
    version = "Version" if "versionId" in query else ""
    if named is not None:
        yield Request(f"s3:{named}", arn, _locked(headers, body) if named == "PutObjectRetention" else {})
        if headers.get("x-amz-bypass-governance-retention") == "true":
            yield Request("s3:BypassGovernanceRetention", arn)
    elif method in {"GET", "HEAD"}:
        yield Request(f"s3:GetObject{version}", arn)
    elif method == "DELETE":
        yield Request(f"s3:DeleteObject{version}", arn)
        if headers.get("x-amz-bypass-governance-retention") == "true":
            yield Request("s3:BypassGovernanceRetention", arn)
    else:
        yield from _of_writing(method, arn, query, headers)


def _of_writing(
    method: str, arn: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> Iterator[Request]:
    """Parts, and beginning an upload in parts, create no object: only ending it does."""
    creates = "partNumber" not in query and not (method == "POST" and "uploads" in query)
    context = {"s3:ObjectCreationOperation": str(creates).lower()}
    if "if-none-match" in headers:
        context["s3:if-none-match"] = headers["if-none-match"]
    yield Request("s3:PutObject", arn, {**context, **_locked(headers, b"")})
    if "x-amz-object-lock-mode" in headers:
        yield Request("s3:PutObjectRetention", arn, _locked(headers, b""))
    if "x-amz-copy-source" in headers:
        source, _, version = unquote(headers["x-amz-copy-source"]).removeprefix("/").partition("?versionId=")
        yield Request(f"s3:GetObject{'Version' if version else ''}", f"arn:aws:s3:::{source}")


def _locked(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """What conditions on Object Lock look at, in headers or in the body of a retention."""
    mode, until = headers.get("x-amz-object-lock-mode"), headers.get("x-amz-object-lock-retain-until-date")
    if body:
        root = ET.fromstring(body)  # noqa: S314  our own client's
        mode, until = (root.findtext(f"{{*}}{name}") for name in ("Mode", "RetainUntilDate"))
    if not (mode and until):
        return {}
    days = (datetime.fromisoformat(until) - datetime.now(UTC)).total_seconds() / 86400
    return {
        "s3:object-lock-mode": mode,
        "s3:object-lock-retain-until-date": until,
        "s3:object-lock-remaining-retention-days": f"{days:.0f}",
    }


def _of_many(bucket: str, body: bytes) -> Iterator[Request]:
    for one in ET.fromstring(body).iterfind("{*}Object"):  # noqa: S314  as above
        version = "Version" if one.findtext("{*}VersionId") else ""
        yield Request(f"s3:DeleteObject{version}", f"arn:aws:s3:::{bucket}/{one.findtext('{*}Key')}")
