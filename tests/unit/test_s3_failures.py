"""S3's answers and botocore's failures, in the words that adapters act on."""

from typing import Any

import pytest
from botocore import exceptions as boto
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import ProtocolError

from scims_backup.adapters.s3.s3_errors import Failure, cure, described, failure_of

SECRET = "hunter2"


def answered(code, status, operation="PutObject", message="Because."):
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, operation)


@pytest.mark.parametrize(
    ("code", "status", "failure"),
    [
        ("NoSuchKey", 404, Failure.MISSING),
        ("NoSuchVersion", 404, Failure.MISSING),
        ("NoSuchBucket", 404, Failure.NO_BUCKET),
        ("NoSuchUpload", 404, Failure.NO_UPLOAD),
        ("PreconditionFailed", 412, Failure.TAKEN),
        ("ConditionalRequestConflict", 409, Failure.CONFLICT),
        ("OperationAborted", 409, Failure.CONFLICT),
        ("AccessDenied", 403, Failure.REFUSED),
        ("SignatureDoesNotMatch", 403, Failure.REFUSED),
        ("RequestTimeTooSkewed", 403, Failure.REFUSED),
        ("SomethingNew", 403, Failure.REFUSED),
        ("Unauthorized", 401, Failure.REFUSED),
        ("ExpiredToken", 400, Failure.REFUSED),
        ("InvalidToken", 400, Failure.REFUSED),
        ("KMS.DisabledException", 400, Failure.REFUSED),
        ("InvalidObjectState", 403, Failure.FROZEN),
        ("QuotaExceeded", 403, Failure.FULL),
        ("XMinioStorageFull", 507, Failure.FULL),
        ("XMinioAdminBucketQuotaExceeded", 400, Failure.FULL),
        ("SomethingNew", 507, Failure.FULL),
        ("SlowDown", 503, Failure.UNREACHABLE),
        ("InternalError", 500, Failure.UNREACHABLE),
        ("SomethingNew", 502, Failure.UNREACHABLE),
        ("SomethingNew", 429, Failure.UNREACHABLE),
        ("RequestTimeout", 400, Failure.UNREACHABLE),
        ("BadDigest", 400, Failure.UNREACHABLE),
        ("NotImplemented", 501, Failure.OTHER),
        ("InvalidArgument", 400, Failure.OTHER),
        ("PermanentRedirect", 301, Failure.OTHER),
    ],
)
def test_an_answer_is_known_by_its_code_else_by_its_status(code, status, failure):
    assert failure_of(answered(code, status)) is failure


@pytest.mark.parametrize(
    ("operation", "status", "failure"),
    [
        ("HeadObject", 404, Failure.MISSING),
        ("HeadObject", 403, Failure.REFUSED),
        ("HeadObject", 412, Failure.TAKEN),
        ("HeadBucket", 404, Failure.NO_BUCKET),
        ("HeadBucket", 403, Failure.REFUSED),
        ("ListObjectsV2", 404, Failure.NO_BUCKET),
        ("HeadObject", 500, Failure.UNREACHABLE),
    ],
)
def test_an_answer_without_a_body_is_known_by_its_status(operation, status, failure):
    assert failure_of(answered(str(status), status, operation)) is failure
    assert failure_of(ClientError({"Error": {"Code": str(status)}}, operation)) is failure


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (boto.NoCredentialsError(), Failure.REFUSED),
        (boto.PartialCredentialsError(provider="env", cred_var="x"), Failure.REFUSED),
        (boto.CredentialRetrievalError(provider="sso", error_msg="x"), Failure.REFUSED),
        (boto.UnauthorizedSSOTokenError(), Failure.REFUSED),
        (boto.EndpointConnectionError(endpoint_url="http://x"), Failure.UNREACHABLE),
        (boto.ConnectTimeoutError(endpoint_url="http://x"), Failure.UNREACHABLE),
        (boto.ReadTimeoutError(endpoint_url="http://x"), Failure.UNREACHABLE),
        (boto.ConnectionClosedError(endpoint_url="http://x"), Failure.UNREACHABLE),
        (boto.SSLError(endpoint_url="https://x", error=OSError("bad certificate")), Failure.UNREACHABLE),
        (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), Failure.UNREACHABLE),
        (boto.ResponseStreamingError(error="cut"), Failure.UNREACHABLE),
        (boto.FlexibleChecksumError(error_msg="other bytes"), Failure.UNREACHABLE),
        (ProtocolError("broken"), Failure.UNREACHABLE),
        (boto.ParamValidationError(report="x"), Failure.OTHER),
        (ResponseParserError("not XML"), Failure.OTHER),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failure_before_any_answer_is_known_by_its_class(error, failure):
    assert failure_of(error) is failure


def test_code_and_message_are_said_in_one_line():
    told = described(answered("AccessDenied", 403, message="arn:aws:sts::1:assumed-role/x/a@b.org\n may not"))
    assert told == "AccessDenied: arn:aws:sts::1:assumed-role/x/a@b.org may not"
    assert described(ClientError({"Error": {"Code": "404"}}, "HeadObject")) == "404"
    assert described(answered("", 502, message="")) == "502"
    assert len(described(answered("X", 500, message="long " * 1000))) <= 300


@pytest.mark.parametrize(
    "error",
    [
        boto.EndpointConnectionError(endpoint_url=f"http://user:{SECRET}@host/bucket"),
        boto.EndpointConnectionError(endpoint_url=f"http://host/bucket?X-Amz-Signature={SECRET}"),
        boto.CredentialRetrievalError(provider="custom-process", error_msg=f"password {SECRET} is wrong"),
        ValueError(f"Invalid endpoint: x://user:{SECRET}@"),
        ValueError(f"Invalid endpoint: x://user:{SECRET}/with/slashes@host"),
        ValueError(f"Invalid endpoint: user:{SECRET}@host:1"),
    ],
)
def test_no_credentials_are_said(error):
    assert SECRET not in described(error)
    assert described(error)


@pytest.mark.parametrize("failure", Failure)
def test_every_failure_has_a_cure_that_leaves_no_gap(failure):
    assert "{" not in cure(failure, "backups")
    assert cure(failure, "backups")


def test_a_cure_names_bucket_and_missing_right():
    assert "s3:PutObject in bucket backups" in cure(Failure.REFUSED, "backups", "s3:PutObject")
    assert "bucket backups" in cure(Failure.REFUSED, "backups")
    assert "bucket backups" in cure(Failure.NO_BUCKET, "backups")
