"""What Lambda, S3 and Secrets Manager know of a stack while it is deployed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, S3Error, described, failure_of
from scims_backup.domain.errors import OperationFailedError

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

_AGAIN = "check what AWS says about it, and deploy the stack again (docs/deploy.md)"


@dataclass(frozen=True)
class AwsStackFacts:
    """Asks AWS.

    client: makes the client of a service, by boto3's name of it.
    """

    client: Callable[[str], BaseClient]

    def image(self, version: str) -> str:
        """Return the image that a version of a function runs, with its digest: a tag may be moved.

        Raise OperationFailedError if it cannot be looked up.
        """
        functions = cast("LambdaClient", self.client("lambda"))
        try:
            return functions.get_function(FunctionName=version)["Code"]["ResolvedImageUri"]
        except ERRORS as error:
            raise _failed(f"the image of {version}", error, "lambda:GetFunction") from None

    def password_made(self, secret: str) -> datetime:
        """Return when a secret was made. Raise OperationFailedError if it cannot be looked up."""
        secrets = cast("SecretsManagerClient", self.client("secretsmanager"))
        try:
            return secrets.describe_secret(SecretId=secret)["CreatedDate"]
        except ERRORS as error:
            raise _failed(f"the age of secret {secret}", error, "secretsmanager:DescribeSecret") from None

    def repository_made(self, bucket: str, folder: str) -> datetime | None:
        """Return when restic wrote a repository's `config`, its first object; None if there is none.

        Raise OperationFailedError if it cannot be looked up.
        """
        s3 = cast("S3Client", self.client("s3"))
        config = f"{folder}/config"
        try:
            listed = s3.list_objects_v2(Bucket=bucket, Prefix=config, MaxKeys=1).get("Contents", [])
        except ERRORS as error:
            raise _failed(f"the age of the vault in {bucket}", error, "s3:ListBucket") from None
        return next((one["LastModified"] for one in listed if one["Key"] == config), None)


def _failed(what: str, error: S3Error, right: str) -> OperationFailedError:
    refused = failure_of(error) is Failure.REFUSED
    cure = f"allow {right} to the role of this function, and deploy the stack again" if refused else _AGAIN
    return OperationFailedError(f"cannot look up {what}: {described(error)}", cure)
