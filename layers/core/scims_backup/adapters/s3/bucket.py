"""How a bucket is configured, as far as the store reports it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from scims_backup.adapters.s3.lifecycle import LIFECYCLE_RIGHT, expiring_days
from scims_backup.adapters.s3.s3_errors import (
    ERRORS,
    Failure,
    S3Error,
    cure,
    described,
    failure_of,
    is_not_set,
)
from scims_backup.domain.errors import OperationFailedError
from scims_backup.domain.health import NotCheckedError, Observed, fine, problem
from scims_backup.domain.object_lock import ObjectLock

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True)
class Bucket:
    """One bucket. Every check raises NotCheckedError if the store does not answer or refuses."""

    client: S3Client
    name: str

    def versioning(self) -> Observed:
        """Check whether overwritten or removed objects can be recovered."""
        answer = self._asked(self.client.get_bucket_versioning, "s3:GetBucketVersioning")
        status = answer.get("Status", "never enabled")
        if status == "Enabled":
            return fine("older versions are kept")
        return problem(
            f"versioning is not enabled ({status}): overwritten or removed objects are lost",
            f"aws s3api put-bucket-versioning --bucket {self.name} --versioning-configuration Status=Enabled",
        )

    def encryption(self) -> Observed:
        """Look whether what is stored is encrypted by default."""
        answer = self._asked(self.client.get_bucket_encryption, "s3:GetEncryptionConfiguration")
        rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
        found = [rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for rule in rules]
        if any(found):
            return fine(f"encrypted by default: {found[0]}")
        return problem(
            "no default encryption", f"set one: aws s3api put-bucket-encryption --bucket {self.name} …"
        )

    def public_access(self) -> Observed:
        """Look whether nobody can make it public by mistake."""
        answer = self._asked(self.client.get_public_access_block, "s3:GetBucketPublicAccessBlock")
        blocked = answer.get("PublicAccessBlockConfiguration", {})
        missing = [name for name in _BLOCKS if not blocked.get(name)]
        if not missing:
            return fine("public access is blocked")
        settings = ",".join(f"{name}=true" for name in _BLOCKS)
        return problem(
            f"public access is not blocked ({', '.join(missing)})",
            f"aws s3api put-public-access-block --bucket {self.name} "
            f"--public-access-block-configuration {settings}",
        )

    def notification(self) -> Observed:
        """Check whether EventBridge is notified of new objects, which trigger the stack's functions."""
        ask = self.client.get_bucket_notification_configuration
        if "EventBridgeConfiguration" in self._asked(ask, "s3:GetBucketNotification"):
            return fine("notifies EventBridge of new objects")
        return problem(
            "does not notify EventBridge of new objects: no prune, verdict or mail follows them",
            f"enable it: aws s3api put-bucket-notification-configuration --bucket {self.name} "
            "--notification-configuration '{\"EventBridgeConfiguration\": {}}' (merged with the existing "
            "configuration)",
        )

    def undelete(self, prefix: str) -> Observed:
        """Check whether older versions below a prefix expire; until then they can be recovered."""
        answer = self._asked(self.client.get_bucket_lifecycle_configuration, LIFECYCLE_RIGHT)
        days = expiring_days(answer.get("Rules", []), prefix)
        if days:
            return fine(f"deleted objects can be recovered for {days} days")
        rule = {
            "ID": "old-versions",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
        }
        return problem(
            "no lifecycle rule expires older versions: archives are deleted permanently, or deleted objects "
            "take up space forever",
            f"aws s3api put-bucket-lifecycle-configuration --bucket {self.name} --lifecycle-configuration "
            f"'{json.dumps({'Rules': [rule]})}' (merged with the existing rules)",
        )

    def object_lock(self) -> Observed:
        """Look whether archives can be locked."""
        if self._locking() is not None:
            return fine("archives can be locked")
        return problem(
            "has no Object Lock, though the settings require it",
            f"enable it: aws s3api put-object-lock-configuration --bucket {self.name} "
            "--object-lock-configuration ObjectLockEnabled=Enabled (docs/s3.md)",
        )

    def default_lock(self, lock: ObjectLock) -> Observed:
        """Look whether the bucket locks each new object by itself as the settings say."""
        found = self._locking()
        default = (found or {}).get("Rule", {}).get("DefaultRetention", {})
        mode, days = default.get("Mode"), default.get("Days") or 365 * default.get("Years", 0)
        if (mode, days) == (lock.mode, lock.days):
            return fine(f"every new object is locked for {days} days ({mode})")
        said = "has no Object Lock" if found is None else "does not lock new objects by default"
        if mode:
            said = f"locks new objects for {days} days ({mode})"
        return problem(
            f"{said}, though the settings require {lock.days} days ({lock.mode})",
            f"aws s3api put-object-lock-configuration --bucket {self.name} --object-lock-configuration "
            f"'ObjectLockEnabled=Enabled,Rule={{DefaultRetention={{Mode={lock.mode},Days={lock.days}}}}}' "
            "(docs/s3.md)",
        )

    def _locking(self) -> Mapping[str, Any] | None:
        answer = self._asked(self.client.get_object_lock_configuration, "s3:GetBucketObjectLockConfiguration")
        found: Mapping[str, Any] = answer.get("ObjectLockConfiguration", {})
        return found if found.get("ObjectLockEnabled") == "Enabled" else None

    def time(self) -> datetime:
        """The store's clock: every answer contains the time, even a refusal."""
        try:
            answer: Mapping[str, Any] = self.client.head_bucket(Bucket=self.name)
        except ClientError as error:
            answer = error.response
        except ERRORS as error:
            raise NotCheckedError(f"S3 does not answer: {described(error)}") from None
        said = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if not said:
            raise NotCheckedError("S3's answer has no time")
        return parsedate_to_datetime(said)

    def _asked(self, ask: Callable[..., Mapping[str, Any]], right: str) -> Mapping[str, Any]:
        try:
            return ask(Bucket=self.name)
        except ERRORS as error:
            if is_not_set(error):
                return {}
            raise self._failure(error, right) from None

    def _failure(self, error: S3Error, right: str) -> Exception:
        failure = failure_of(error)
        if failure is Failure.NO_BUCKET:
            return OperationFailedError(
                f"there is no bucket {self.name}: {described(error)}", cure(failure, self.name)
            )
        allow = f"allow {right} in bucket {self.name}" if failure is Failure.REFUSED else ""
        return NotCheckedError(f"the store refuses this request: {described(error)}", allow)
