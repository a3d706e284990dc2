"""Snapshots of a replication group, or of a cluster of one node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from botocore.exceptions import ClientError

from scims_backup.domain.errors import SourceError
from scims_backup.engines.redis.exports.aws_errors import asking, is_exported_already
from scims_backup.engines.redis.exports.cloud_snapshots import CacheEngine, CloudSnapshot

if TYPE_CHECKING:
    from mypy_boto3_elasticache import ElastiCacheClient


class _Subject(TypedDict, total=False):
    """What CreateSnapshot makes a snapshot of: one of the two."""

    ReplicationGroupId: str
    CacheClusterId: str


class NodeSnapshots:
    """The snapshots of a replication group, or of a cluster; implements CloudSnapshots.

    subject: the id of either. A cluster may be a replica of a group, and is read in place of the primary.
    """

    def __init__(self, client: ElastiCacheClient, subject: str) -> None:
        self._client = client
        self._subject = subject

    def suitable(self) -> CacheEngine:
        """Refuse cluster mode, data tiering, Memcached, and what there is not."""
        group = self._group(self._subject)
        cluster = self._cluster(group["MemberClusters"][0] if group else self._subject)
        _refuse_engine(cluster)
        if group is None and "ReplicationGroupId" in cluster:
            group = self._group(cluster["ReplicationGroupId"])
        if group is not None:
            _refuse_cluster_mode(group)
        _refuse_node(self._subject, {**cluster, **(group or {})})
        return CacheEngine(cluster["Engine"], cluster["EngineVersion"])

    def create(self, name: str) -> None:
        """Begin to make a snapshot."""
        is_group = self._group(self._subject) is not None
        of: _Subject = (
            {"ReplicationGroupId": self._subject} if is_group else {"CacheClusterId": self._subject}
        )
        what, known = (
            f"cannot make snapshot {name} of {self._subject}",
            self._errors.SnapshotAlreadyExistsFault,
        )
        with asking(what, "elasticache:CreateSnapshot", unless=known):
            self._client.create_snapshot(SnapshotName=name, **of)

    def find(self, name: str) -> CloudSnapshot | None:
        """Return a snapshot."""
        what, missing = f"cannot look for snapshot {name}", self._errors.SnapshotNotFoundFault
        found: Sequence[Any] = ()
        with asking(what, "elasticache:DescribeSnapshots", unless=missing):
            found = self._client.describe_snapshots(SnapshotName=name)["Snapshots"]
        return _read(found[0]) if found else None

    def export(self, name: str, bucket: str) -> None:
        """Begin to export a snapshot, under its own name."""
        what, under_way = f"cannot export snapshot {name}", self._errors.InvalidSnapshotStateFault
        with asking(what, "elasticache:CopySnapshot", unless=under_way):
            try:
                self._client.copy_snapshot(
                    SourceSnapshotName=name, TargetSnapshotName=name, TargetBucket=bucket
                )
            except ClientError as error:
                if not is_exported_already(error):
                    raise

    def remove(self, name: str) -> None:
        """Remove a snapshot."""
        what, gone = f"cannot remove snapshot {name}", self._errors.SnapshotNotFoundFault
        with asking(what, "elasticache:DeleteSnapshot", unless=gone):
            self._client.delete_snapshot(SnapshotName=name)

    def names(self) -> Iterator[str]:
        """Yield the names of manual snapshots."""
        with asking("cannot list the snapshots", "elasticache:DescribeSnapshots"):
            for page in self._client.get_paginator("describe_snapshots").paginate(SnapshotSource="user"):
                yield from (one["SnapshotName"] for one in page["Snapshots"])

    @property
    def _errors(self) -> Any:  # noqa: ANN401  what botocore makes of the service's model
        return self._client.exceptions

    def _group(self, name: str) -> Mapping[str, Any] | None:
        what, missing = f"cannot look for {name}", self._errors.ReplicationGroupNotFoundFault
        found: Sequence[Any] = ()
        with asking(what, "elasticache:DescribeReplicationGroups", unless=missing):
            found = self._client.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
        return found[0] if found else None

    def _cluster(self, name: str) -> Mapping[str, Any]:
        what = f"neither a replication group nor a cluster {name} was found"
        with asking(what, "elasticache:DescribeCacheClusters"):
            return dict(self._client.describe_cache_clusters(CacheClusterId=name)["CacheClusters"][0])


def _refuse_engine(cluster: Mapping[str, Any]) -> None:
    if cluster["Engine"] not in {"redis", "valkey"}:
        raise SourceError(
            f"cluster {cluster['CacheClusterId']} is one of {cluster['Engine']}, which has no snapshots",
            "name one of Redis OSS or Valkey",
        )


def _refuse_cluster_mode(group: Mapping[str, Any]) -> None:
    shards = len(group.get("NodeGroups", ()))
    if group.get("ClusterEnabled"):
        raise SourceError(
            f"replication group {group['ReplicationGroupId']} has cluster mode enabled ({shards} shards)",
            "name a group with cluster mode disabled: each shard is a server with an RDB of its own",
        )


def _refuse_node(name: str, of: Mapping[str, Any]) -> None:
    if of.get("DataTiering") == "enabled":
        raise SourceError(
            f"{name} uses data tiering, and ElastiCache exports no snapshots of it",
            "use other node types than r6gd",
        )
    node = of.get("CacheNodeType", "")
    if node.startswith("cache.t1."):
        raise SourceError(
            f"{name} runs on {node}, which has no snapshots", "use another node type, such as cache.t4g.micro"
        )


def _read(found: Mapping[str, Any]) -> CloudSnapshot:
    nodes = found.get("NodeSnapshots", ())
    moments = [node["SnapshotCreateTime"] for node in nodes if "SnapshotCreateTime" in node]
    return CloudSnapshot(found["SnapshotName"], found["SnapshotStatus"], min(moments, default=None))
