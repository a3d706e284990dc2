"""What ElastiCache asks IAM about a call, and what it does in S3 by the caller's own rights."""

from collections.abc import Iterator, Mapping

from localcloud.iam.errors import PolicyError
from localcloud.iam.evaluation import Request
from localcloud.iam.world import Call, World

_KINDS: Mapping[str, str] = {
    "ReplicationGroupId": "replicationgroup",
    "CacheClusterId": "cluster",
    "SnapshotName": "snapshot",
    "SourceSnapshotName": "snapshot",
    "ServerlessCacheName": "serverlesscache",
    "ServerlessCacheSnapshotName": "serverlesscachesnapshot",
}
"""The type of what a parameter names, as in an ARN."""
_CHANGING = ("Create", "Copy", "Export", "Delete")
_OF_BUCKET = ("s3:ListBucket", "s3:GetBucketLocation", "s3:GetBucketAcl")
_OF_OBJECT = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")


def requests_of_elasticache(call: Call, world: World) -> Iterator[Request]:
    """Yield what must be allowed. Raise PolicyError if the call is not known here."""
    action, given = f"elasticache:{call.operation}", call.given
    if call.operation.startswith("Describe"):
        yield Request(action, "*")
        return
    if not call.operation.startswith(_CHANGING):
        raise PolicyError(f"elasticache {call.operation} is not known here: add it to iam/elasticache.py")
    for name, kind in _KINDS.items():
        if name in given:
            yield Request(action, world.arn("elasticache", f"{kind}:{given[name]}"))
    bucket = given.get("TargetBucket") or given.get("S3BucketName")
    if bucket:
        key = given.get("TargetSnapshotName") or given["ServerlessCacheSnapshotName"]
        yield from _in_bucket(bucket, f"{key}-0001.rdb")


def _in_bucket(bucket: str, key: str) -> Iterator[Request]:
    """Yield what AWS documents that the caller of an export needs."""
    yield Request("s3:ListAllMyBuckets", "*")
    yield from (Request(action, f"arn:aws:s3:::{bucket}") for action in _OF_BUCKET)
    yield from (Request(action, f"arn:aws:s3:::{bucket}/{key}") for action in _OF_OBJECT)
