"""The marker that tells an empty vault from one that is lost."""

from __future__ import annotations

import json

from scims_backup.adapters.s3 import ERRORS, Failure, failure_of
from scims_backup.adapters.vaults.known_backups import KnownBackups
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.domain.errors import VaultError, VaultGoneError

NAME = "vault.json"
_DOCUMENT = json.dumps({"version": 1, "kind": "scims-backup vault"}).encode() + b"\n"
_CURE = "bring it back: are bucket, prefix and endpoint right?"


def ensure(access: Access, known: KnownBackups) -> None:
    """Put the marker if it is not there and no backup is known here.

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
    """Say whether the marker is there. Raise VaultGoneError if the bucket is not."""
    try:
        # not by head_object, whose answer does not tell a missing object from a missing bucket
        found = access.client.get_object(**access.object(NAME))
    except ERRORS as error:
        if failure_of(error) is Failure.MISSING:
            return False
        raise access.error("cannot look for the marker", "s3:GetObject and s3:ListBucket", error) from None
    found["Body"].close()
    return True


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
