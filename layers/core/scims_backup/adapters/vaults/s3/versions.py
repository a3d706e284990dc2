"""All that a bucket keeps under an archive's key: removing only the newest would merely hide it."""

from __future__ import annotations

from botocore.exceptions import ClientError

from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, S3Error, described, failure_of
from scims_backup.adapters.s3.versions import ListedVersion, versions_below
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.domain.errors import DeleteRefusedError, VaultAccessError, VaultError


def listed(access: Access, name: str) -> list[ListedVersion]:
    """Return every version whose name begins so; a bucket without versions has one of each object."""
    with access.doing("cannot list the versions of objects", "s3:ListBucketVersions"):
        return list(versions_below(access.client, access.place, name))


def remove(access: Access, ref: str) -> None:
    """Remove all versions of an archive; one that is not there is removed already.

    Raise DeleteRefusedError if the bucket keeps one; then the current one is there as before.
    """
    found = [version for version in _found(access, ref) if version.key == access.place.key(ref)]
    # the current one last: while it is there nothing older comes to light
    for version in sorted(found, key=lambda version: version.is_current):
        try:
            # always by its id: else a mark of removal would hide what the bucket keeps
            access.client.delete_object(**access.object(ref), VersionId=version.version_id)
        except ERRORS as error:
            raise _refusal(access, ref, version, error) from None


def _found(access: Access, ref: str) -> list[ListedVersion]:
    """Return what there is to remove. Raise DeleteRefusedError or VaultAccessError if it cannot be seen."""
    try:
        return listed(access, ref)
    except VaultAccessError:
        raise
    except VaultError as error:
        raise DeleteRefusedError(f"cannot remove archive {ref}: {error.message}", error.cure) from None


def _refusal(access: Access, ref: str, version: ListedVersion, error: S3Error) -> VaultError:
    doing, right = f"cannot remove archive {ref}", "s3:DeleteObjectVersion"
    if not is_definite(error):
        return access.error(doing, right, error)
    return DeleteRefusedError(
        f"{doing} in {access.place}: {_lock(access, ref, version)}: {described(error)}",
        f"wait for its Object Lock to expire, or, if it has none, check that {right} is allowed in bucket "
        f"{access.place.bucket}; with a lifecycle rule there that expires older versions, a delete marker "
        "is enough, which no lock prevents (docs/s3.md)",
    )


def is_definite(error: S3Error) -> bool:
    """Say whether the store surely removed nothing: after a time-out, say, nobody knows.

    Stores have answers of their own for a lock, e.g. 400 InvalidRequest, or 501 for versions at all.
    """
    if failure_of(error) is Failure.REFUSED:
        return True
    return failure_of(error) is Failure.OTHER and isinstance(error, ClientError)


def _lock(access: Access, ref: str, version: ListedVersion) -> str:
    """Say until when a version is locked, as far as the bucket shows it."""
    try:
        head = access.client.head_object(**access.object(ref), VersionId=version.version_id)
    except ERRORS as error:
        return f"its lock cannot be read ({described(error)})"
    until = dict(head).get("ObjectLockRetainUntilDate")
    return f"it is locked until {until}" if until else "it has no Object Lock with a date"
