"""What went wrong between us and an S3-compatible store, in the few words that adapters act on."""

from __future__ import annotations

import re
from enum import StrEnum
from http import HTTPStatus

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

S3Error = ClientError | BotoCoreError | HTTPError | ResponseParserError
ERRORS = (ClientError, BotoCoreError, HTTPError, ResponseParserError)
"""All that a client and its bodies may raise: botocore lets some of urllib3's and its parser's pass."""


class Failure(StrEnum):
    """Why the store did not do what it was asked."""

    MISSING = "missing"
    NO_BUCKET = "no bucket"
    NO_UPLOAD = "no upload"
    TAKEN = "taken"
    CONFLICT = "conflict"
    REFUSED = "refused"
    FULL = "full"
    FROZEN = "frozen"
    UNREACHABLE = "unreachable"
    OTHER = "other"


_CODES = {
    **dict.fromkeys(("NoSuchKey", "NoSuchVersion"), Failure.MISSING),
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException"), Failure.REFUSED),  # with status 400
    **dict.fromkeys(("InvalidToken", "TokenRefreshRequired"), Failure.REFUSED),
    **dict.fromkeys(("RequestTimeout", "SlowDown"), Failure.UNREACHABLE),
    # damaged or cut short on the way, also with status 400
    **dict.fromkeys(("BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody"), Failure.UNREACHABLE),
    **dict.fromkeys(("Throttling", "ThrottlingException", "RequestLimitExceeded"), Failure.UNREACHABLE),
    "NoSuchBucket": Failure.NO_BUCKET,
    "NoSuchUpload": Failure.NO_UPLOAD,
    "PreconditionFailed": Failure.TAKEN,
    "ConditionalRequestConflict": Failure.CONFLICT,
    "OperationAborted": Failure.CONFLICT,
    "InvalidObjectState": Failure.FROZEN,
    "NotImplemented": Failure.OTHER,  # with status 501, which no retry changes
}
_STATUSES = {
    401: Failure.REFUSED,
    403: Failure.REFUSED,
    404: Failure.MISSING,
    409: Failure.CONFLICT,
    412: Failure.TAKEN,
    429: Failure.UNREACHABLE,
    501: Failure.OTHER,
    507: Failure.FULL,
}
_NOT_SET = {
    "ServerSideEncryptionConfigurationNotFoundError",
    "NoSuchPublicAccessBlockConfiguration",
    "ObjectLockConfigurationNotFoundError",
    "NoSuchObjectLockConfiguration",
    "NoSuchLifecycleConfiguration",
}
"""Codes that say that nothing is set, not that it cannot be seen."""
_UNKNOWN_QUESTIONS = {HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.METHOD_NOT_ALLOWED}
_DENIED = {"AccessDenied", "AllAccessDisabled"}

_FULL = re.compile(r"Quota|StorageFull|InsufficientStorage")
"""MinIO, Ceph and others each have a code of their own for this."""
_ABOUT_BUCKETS = re.compile(r"HeadBucket|List(Objects|ObjectVersions|MultipartUploads)")

_REFUSED = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.TokenRetrievalError,
    boto.NoAuthTokenError,
    boto.SSOError,
    boto.LoginError,
)
_UNREACHABLE = (
    boto.ConnectionError,
    boto.HTTPClientError,
    boto.IncompleteReadError,
    boto.ChecksumError,
    boto.FlexibleChecksumError,
    HTTPError,
)

_CURES = {
    Failure.NO_BUCKET: "create bucket {bucket}, or check its name and the endpoint (AWS_ENDPOINT_URL)",
    Failure.REFUSED: "check the credentials (AWS_*), the clock, and {allowed}",
    Failure.UNREACHABLE: "check the network, the endpoint (AWS_ENDPOINT_URL) and its certificate, try again",
    Failure.FULL: "free space in bucket {bucket}, raise its quota, or thin out old backups",
    Failure.FROZEN: "restore it from its storage class first: restore-object in bucket {bucket}",
    Failure.CONFLICT: "something else is writing there at the same time; try again",
}
_OTHER_CURE = "check bucket {bucket}, the endpoint (AWS_ENDPOINT_URL) and the region"

_SECRET = re.compile(r"(?<=://)\S*@|(?<![\w:/-])[^\s:/]+:[^\s/@]+@|\?[^\s\"']*")
"""User and password in an address, with scheme or not; its query, which can be signed."""
_LONGEST = 300


def failure_of(error: S3Error) -> Failure:
    """Return the kind of a failure, by its code where the answer has one, else by its status."""
    if isinstance(error, ClientError):
        return _of_answer(error)
    if isinstance(error, _REFUSED):
        return Failure.REFUSED
    return Failure.UNREACHABLE if isinstance(error, _UNREACHABLE) else Failure.OTHER


def _of_answer(error: ClientError) -> Failure:
    code, status = code_of(error), _status(error)
    if code in _CODES:
        return _CODES[code]
    if _FULL.search(code):
        return Failure.FULL
    if code.startswith("KMS."):  # the bucket's key is disabled, gone or not ours to use, with status 400
        return Failure.REFUSED
    if status == HTTPStatus.NOT_FOUND and _ABOUT_BUCKETS.match(error.operation_name):
        return Failure.NO_BUCKET
    return _STATUSES.get(
        status, Failure.UNREACHABLE if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Failure.OTHER
    )


def code_of(error: Exception) -> str:
    """Return the service's code of a failure; empty for one that no service answered."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def _status(error: ClientError) -> int:
    """Return the HTTP status; an answer without a body has it as its code."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if status is None:
        code = code_of(error)
        return int(code) if code.isdecimal() else 0
    return status


def is_not_set(error: S3Error) -> bool:
    """Say whether the store answered that what was asked for is not configured."""
    return code_of(error) in _NOT_SET


def is_unknown_question(error: S3Error) -> bool:
    """Say whether the store answered that it knows no such thing, as many do that are not AWS's."""
    if not isinstance(error, ClientError):
        return False
    return _status(error) in _UNKNOWN_QUESTIONS or code_of(error) in {"NotImplemented", "MethodNotAllowed"}


def is_denied(error: S3Error) -> bool:
    """Say whether a right is missing: credentials that are wrong or expired are no matter of rights."""
    return code_of(error) in _DENIED


def described(error: Exception) -> str:
    """Say in one short line what S3 or botocore said, without credentials."""
    if isinstance(error, ClientError):
        answer = error.response.get("Error", {})
        text = ": ".join(filter(None, (code_of(error) or str(_status(error)), answer.get("Message"))))
    elif isinstance(error, boto.CredentialRetrievalError):  # its text is what some program wrote
        text = f"no credentials came from {error.kwargs.get('provider')}"
    else:
        text = str(error) or type(error).__name__
    return " ".join(_SECRET.sub("", text).split())[:_LONGEST]


def cure(failure: Failure, bucket: str, right: str = "") -> str:
    """Say what to do about a failure in a bucket.

    right: what the request needed, e.g. `s3:PutObject`.
    """
    allowed = f"that they allow {right} in bucket {bucket}" if right else f"their rights in bucket {bucket}"
    return _CURES.get(failure, _OTHER_CURE).format(bucket=bucket, allowed=allowed)
