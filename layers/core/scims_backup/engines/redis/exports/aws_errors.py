"""What ElastiCache refuses, in words with a cure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, S3Error, code_of, described, failure_of
from scims_backup.domain.errors import (
    SourceAccessError,
    SourceBusyError,
    SourceError,
    SourceUnreachableError,
)

GRANT = "docs/elasticache.md shows the bucket policy and the rights that an export needs"
_BUCKET = f"name a bucket of this account in the cache's region; {GRANT}"
_QUOTA = (
    "ElastiCache makes at most 20 manual snapshots of a node, and 24 of a serverless cache, in 24 hours: "
    "remove some (`aws elasticache describe-snapshots --snapshot-source user`), or ask AWS for more"
)
_BUSY = "try again when its status is `available`: a change, a failover or another snapshot is in progress"
_THERE = "check the id, the account and the region (AWS_REGION)"
_NETWORK = (
    "check the network and AWS_ENDPOINT_URL, then try again: from within a VPC, ElastiCache is reachable "
    "through its interface endpoint or a NAT gateway"
)

Kind = tuple[type[SourceError], str]

_BY_CODE: tuple[tuple[str, Kind], ...] = (
    (r"(CacheCluster|ReplicationGroup|ServerlessCache)NotFound(Fault)?", (SourceUnreachableError, _THERE)),
    (r"Invalid(CacheCluster|ReplicationGroup|ServerlessCache)State(Fault)?", (SourceBusyError, _BUSY)),
    (
        r"Invalid(ServerlessCache)?SnapshotState(Fault)?",
        (SourceBusyError, "try again when its status is `available`: it is still being made or exported"),
    ),
    (r"(ServerlessCache)?SnapshotQuotaExceeded(Fault)?", (SourceError, _QUOTA)),
    (
        r"SnapshotFeatureNotSupported(Fault)?",
        (
            SourceError,
            "ElastiCache has no snapshots of Memcached and of cache.t1.micro: use another node type",
        ),
    ),
    (
        r"ServiceLinkedRoleNotFound(Fault)?",
        (
            SourceAccessError,
            "create it: `aws iam create-service-linked-role --aws-service-name elasticache.amazonaws.com`",
        ),
    ),
    (
        r"KMS.*|.*KMSKey.*",
        (SourceAccessError, "allow the calling role to use the key, and check that it is enabled"),
    ),
)
_BY_TEXT: tuple[tuple[str, Kind], ...] = (
    ("outside of the region", (SourceError, _BUCKET)),
    ("bucket .* does not exist", (SourceError, _BUCKET)),
    ("not owned by the authenticated user", (SourceAccessError, _BUCKET)),
    (
        "unable to validate the authenticated user has access",
        (SourceAccessError, f"allow the calling role s3:ListAllMyBuckets for all resources; {GRANT}"),
    ),
    ("has not been granted .* permission", (SourceAccessError, f"grant it by the bucket's policy; {GRANT}")),
    ("data tiering", (SourceError, "ElastiCache does not export snapshots of clusters with data tiering")),
    (
        "kms|customer managed key",
        (SourceAccessError, "allow the calling role and ElastiCache to use the key"),
    ),
)
"""ElastiCache reports all of these by one code, InvalidParameterValue."""


@contextmanager
def asking(what: str, action: str, *, unless: type[ClientError] | None = None) -> Iterator[None]:
    """Turn the failures of a request to ElastiCache into errors of the source.

    what: failed, e.g. `cannot create snapshot NAME`.
    action: that IAM has to allow, e.g. `elasticache:CreateSnapshot`.
    unless: a failure that says that nothing is left to do.
    """
    try:
        yield
    except ERRORS as error:
        if unless is not None and isinstance(error, unless):
            return
        kind, cure = _kind(error, action)
        raise kind(f"{what}: {described(error)}", cure) from None


def is_exported_already(error: S3Error) -> bool:
    """Say whether an export was refused since the bucket has the object: another run has asked for it."""
    return "already contains an object with key" in str(error)


def _kind(error: S3Error, action: str) -> Kind:
    failure = failure_of(error)
    if failure is Failure.REFUSED:
        return SourceAccessError, f"check the credentials (AWS_*) and the clock, and allow {action}; {GRANT}"
    if failure is Failure.UNREACHABLE:
        return SourceUnreachableError, _NETWORK
    code = code_of(error).removesuffix("Fault")  # only the older ones have this ending
    for pattern, kind in _BY_CODE:
        if re.fullmatch(pattern, code):
            return kind
    for pattern, kind in _BY_TEXT:
        if re.search(pattern, str(error), re.IGNORECASE):
            return kind
    return SourceError, f"check the cache and its snapshots in ElastiCache; {GRANT}"
