"""AWS's credentials for restic, which finds fewer kinds of them than AWS's own tools do."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scims_backup.domain.errors import VaultAccessError

_FOUND_BY_RESTIC = re.compile(
    r"AWS_(ACCESS_KEY_ID|CONTAINER_CREDENTIALS_(RELATIVE|FULL)_URI|WEB_IDENTITY_TOKEN_FILE)"
)
"""With these restic asks by itself, and again before they expire in the middle of a long backup."""
_OF_THE_MACHINE = "iam-role"
"""botocore's word for EC2's metadata service, which restic asks by itself too."""


def for_restic(repository: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which restic gets credentials that it would not find itself.

    They are those of a profile, single sign-on or a program, fresh for each command. Raise
    VaultAccessError if a profile has no credentials.
    """
    if not repository.startswith("s3:"):
        return {}
    region = environment.get("AWS_DEFAULT_REGION") or environment.get("AWS_REGION")
    found = {"AWS_DEFAULT_REGION": region} if region else {}
    if any(_FOUND_BY_RESTIC.fullmatch(name) and value for name, value in environment.items()):
        return found
    return {**found, **_of_profile()}


def _of_profile() -> dict[str, str]:
    import botocore.session  # noqa: PLC0415  slow to load, and needed by few
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  as above

    try:
        credentials = botocore.session.get_session().get_credentials()
        if credentials is None or credentials.method == _OF_THE_MACHINE:
            return {}
        frozen = credentials.get_frozen_credentials()
    except (BotoCoreError, ClientError, OSError, ValueError) as error:
        raise VaultAccessError(
            f"cannot get AWS credentials for restic: {type(error).__name__}",
            "check AWS_PROFILE and the AWS configuration files: does `aws sts get-caller-identity` work?",
        ) from None
    token = {"AWS_SESSION_TOKEN": frozen.token} if frozen.token else {}
    return {
        "AWS_ACCESS_KEY_ID": str(frozen.access_key),
        "AWS_SECRET_ACCESS_KEY": str(frozen.secret_key),
        **token,
    }
