"""Reading secrets from AWS Secrets Manager; loads boto3, which is slow."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from scims_backup.adapters.aws import client
from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, S3Error, code_of, described, failure_of
from scims_backup.domain.errors import SecretError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_ALLOW = (
    "allow secretsmanager:GetSecretValue on this secret in the calling role's policy and in the secret's own "
    "policy"
)
_KEY = "allow kms:Decrypt on the secret's key for the calling role, and check that the key is enabled"
_CREDENTIALS = "check the AWS credentials (AWS_*) and the clock"
_NETWORK = (
    "check the network and AWS_ENDPOINT_URL, then try again: from within a VPC, Secrets Manager is reachable "
    "through its interface endpoint or a NAT gateway"
)
_OTHER = "check the secret in Secrets Manager"

_CURES = {
    "ResourceNotFoundException": "check its name or ARN, the region (AWS_REGION), and that it has a value",
    "AccessDeniedException": _ALLOW,
    "DecryptionFailure": _KEY,
    "InvalidRequestException": "if it is marked for deletion: `aws secretsmanager restore-secret`",
    **dict.fromkeys(("UnrecognizedClientException", "InvalidClientTokenId"), _CREDENTIALS),
    **dict.fromkeys(("InvalidSignatureException", "IncompleteSignatureException"), _CREDENTIALS),
}
"""By the service's own codes, most of which come with status 400."""
_CURES_OF_FAILURES = {Failure.REFUSED: _CREDENTIALS, Failure.UNREACHABLE: _NETWORK}


class SecretsManager:
    """Secrets Manager of one account and region."""

    def __init__(self, connected: SecretsManagerClient) -> None:
        self._client = connected

    def read(self, secret: str) -> str:
        """Return the current value of a secret. secret: its name or ARN.

        Raise SecretError if it is missing, refused, encrypted by a key that is not ours to use, or no text,
        or if the service does not answer.
        """
        try:
            answer = self._client.get_secret_value(SecretId=secret)
        except ERRORS as error:
            raise SecretError(
                f"the secret aws:{secret} cannot be read: {described(error)}", _cure(error)
            ) from None
        value = answer.get("SecretString")
        if not value:
            raise SecretError(f"the secret aws:{secret} contains no text", "store it as text, not as binary")
        return value


def secrets_manager() -> SecretsManager:
    """Connect to Secrets Manager, as the environment of the process says.

    Raise UsageError if the configuration is wrong, OperationFailedError if credentials cannot be fetched.
    """
    return SecretsManager(cast("SecretsManagerClient", client.new_client("secretsmanager")))


def _cure(error: S3Error) -> str:
    code = code_of(error)
    if code == "AccessDeniedException" and "KMS" in described(error):
        return _KEY
    return _CURES.get(code) or _CURES_OF_FAILURES.get(failure_of(error), _OTHER)
