"""For how long a bucket keeps what was deleted: as its versioning and its lifecycle say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from scims_backup.adapters.s3.s3_errors import ERRORS, is_not_set, is_unknown_question

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

VERSIONING_RIGHT = "s3:GetBucketVersioning"
LIFECYCLE_RIGHT = "s3:GetLifecycleConfiguration"


def is_versioned(client: S3Client, bucket: str) -> bool:
    """Say whether a bucket keeps what is deleted as an older version; raises what the client raises.

    A store that does not know the question has no versions.
    """
    try:
        return client.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled"
    except ERRORS as error:
        if is_unknown_question(error):
            return False
        raise


def undelete_days(client: S3Client, bucket: str, prefix: str) -> int | None:
    """Return after how many days older versions below a prefix expire, None if never.

    Raises what the client raises, but for a store's ways to say that it has no such rules.
    """
    try:
        rules = client.get_bucket_lifecycle_configuration(Bucket=bucket).get("Rules", [])
    except ERRORS as error:
        if is_unknown_question(error) or is_not_set(error):
            return None
        raise
    return expiring_days(rules, prefix)


def expiring_days(rules: Iterable[Mapping[str, Any]], prefix: str) -> int | None:
    """Return after how many days these rules expire every older version below a prefix, None if never.

    A rule counts that is enabled and holds for all below the prefix. One that keeps the newest older versions
    does not: of an archive there is one, which would stay for ever.
    """
    return min((days for rule in rules if (days := _days(rule, prefix))), default=None)


def _days(rule: Mapping[str, Any], prefix: str) -> int:
    expiration = rule.get("NoncurrentVersionExpiration", {})
    if rule.get("Status") != "Enabled" or expiration.get("NewerNoncurrentVersions"):
        return 0
    return int(expiration.get("NoncurrentDays", 0)) if _holds_for_all(rule, prefix) else 0


def _holds_for_all(rule: Mapping[str, Any], prefix: str) -> bool:
    """Say whether a rule chooses by the beginning of keys alone, neither by tags nor by sizes."""
    chosen = rule.get("Filter") or {"Prefix": rule.get("Prefix") or ""}
    return set(chosen) <= {"Prefix"} and prefix.startswith(chosen["Prefix"])
