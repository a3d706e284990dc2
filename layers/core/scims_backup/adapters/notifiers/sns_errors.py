"""Why SNS or EventBridge did not take something, and what to do about it."""

from __future__ import annotations

from scims_backup.adapters.s3.s3_errors import Failure, S3Error, code_of, described, failure_of
from scims_backup.domain.errors import NotifierError

_CURES = {
    Failure.MISSING: "check that {target} exists and that its name and region are right",
    Failure.REFUSED: (
        "check that the function's role allows {right} on {target}, and so does the target's own policy"
    ),
    Failure.UNREACHABLE: "no action is needed if a later try succeeds; otherwise check the network",
}
_OTHER_CURE = "check {target} and AWS's message about it"
_KMS_CURE = (
    "check that the key of {target} is enabled, and that its policy and the function's role allow "
    "kms:GenerateDataKey* and kms:Decrypt"
)


def refusal(error: S3Error, doing: str, target: str, right: str) -> NotifierError:
    """Return the error that says what failed, and what to do.

    doing: what was tried.
    right: what that needs, e.g. `sns:Publish`.
    """
    template = _KMS_CURE if _is_about_key(error) else _CURES.get(failure_of(error), _OTHER_CURE)
    message = f"{doing} {target}: {described(error)}"
    return NotifierError(message, template.format(target=target, right=right))


def _is_about_key(error: S3Error) -> bool:
    """Say whether it is the encryption key's fault: SNS has seven codes for that, with several statuses."""
    return code_of(error).startswith("KMS")
