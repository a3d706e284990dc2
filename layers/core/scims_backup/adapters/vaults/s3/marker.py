"""The marker that distinguishes an empty vault from a lost one."""

from __future__ import annotations

import json

from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, failure_of
from scims_backup.adapters.vaults.known_backups import KnownBackups
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.domain.documents import json_object
from scims_backup.domain.errors import DocumentError, VaultError, VaultGoneError

NAME = "vault.json"
_VERSION = 1
_DOCUMENT = json.dumps({"version": _VERSION, "kind": "scims-backup vault"}).encode() + b"\n"
_CURE = "restore it: are bucket, prefix and endpoint correct?"


def ensure(access: Access, known: KnownBackups) -> None:
    """Put the marker if it is missing and no backup is known here.

    Raise VaultGoneError if one is known, VaultError if there is no bucket.
    """
    try:
        there = is_there(access)
    except VaultGoneError:
        known.refuse_to_begin_anew(f"the vault {access.place}", _CURE)
        raise _no_bucket(access) from None
    if not there:
        known.refuse_to_begin_anew(f"the vault {access.place}", _CURE)
        _put(access)


def is_there(access: Access) -> bool:
    """Say whether the marker is there. Raise VaultGoneError without bucket, VaultError if it is not ours."""
    try:
        # not by head_object, whose answer is the same for a missing object and a missing bucket
        data = access.client.get_object(**access.object(NAME))["Body"].read()
    except ERRORS as error:
        if failure_of(error) is Failure.MISSING:
            return False
        raise access.error("cannot look for the marker", "s3:GetObject and s3:ListBucket", error) from None
    _check(access, data)
    return True


def _check(access: Access, data: bytes) -> None:
    """Raise VaultError for what some other server answers, and for a vault that is newer than we are."""
    try:
        known = json_object(data, NAME)["version"] == _VERSION
    except DocumentError:
        known = False
    if not known:
        raise VaultError(
            f"the object {NAME} in {access.place} is not a vault marker that this program knows",
            "check the prefix and the endpoint (AWS_ENDPOINT_URL); a newer program may have created the "
            "vault",
        )


def _put(access: Access) -> None:
    try:
        access.client.put_object(
            **access.object(NAME),
            Body=_DOCUMENT,
            ContentType="application/json",
            IfNoneMatch="*",
        )
    except ERRORS as error:
        # another source was quicker, and its marker is as good
        if failure_of(error) not in {Failure.TAKEN, Failure.CONFLICT} or not is_there(access):
            raise access.error("cannot put the marker", "s3:PutObject", error) from None


def _no_bucket(access: Access) -> VaultError:
    return VaultError(
        f"there is no bucket {access.place.bucket} for the vault {access.place}",
        "create the bucket, or check its name and the endpoint (AWS_ENDPOINT_URL)",
    )
