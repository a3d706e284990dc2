"""The part of ElastiCache's API that snapshots and their exports need, in its own words and refusals."""

from collections.abc import Iterable, Mapping
from typing import Any

from localcloud.clients import ACCOUNT, REGION
from localcloud.elasticache.records import (
    AVAILABLE,
    CLUSTER,
    EXPORTING,
    GROUP,
    SERVERLESS,
    Cache,
    Records,
    Snapshot,
)
from localcloud.query_api import Action, Form, QueryApi, RefusedError


class ElastiCacheApi(QueryApi):
    """Answers requests."""

    def __init__(self, records: Records) -> None:
        super().__init__("elasticache")
        self._records = records

    def actions(self) -> Mapping[str, Action]:
        """Return what answers each action."""
        return {
            "DescribeReplicationGroups": self._groups,
            "DescribeCacheClusters": self._clusters,
            "DescribeServerlessCaches": self._serverless_caches,
            "CreateSnapshot": self._create,
            "CopySnapshot": self._copy,
            "DeleteSnapshot": self._delete,
            "DescribeSnapshots": self._snapshots,
            "CreateServerlessCacheSnapshot": self._create_serverless,
            "ExportServerlessCacheSnapshot": self._export_serverless,
            "DeleteServerlessCacheSnapshot": self._delete_serverless,
            "DescribeServerlessCacheSnapshots": self._serverless_snapshots,
        }

    def _groups(self, form: Form) -> dict[str, Any]:
        group = self._cache(form["ReplicationGroupId"], GROUP, "ReplicationGroupNotFoundFault")
        shards = len(group.rdb()) if group.cluster_mode else 1
        facts = {
            "ReplicationGroupId": group.name,
            "Status": group.status,
            "ClusterEnabled": group.cluster_mode,
            "CacheNodeType": group.node_type,
            "DataTiering": "enabled" if group.data_tiering else "disabled",
            "MemberClusters": [f"{group.name}-001"],
            "NodeGroups": [{"NodeGroupId": f"{number:04}"} for number in range(1, shards + 1)],
        }
        return {"ReplicationGroups": [facts]}

    def _clusters(self, form: Form) -> dict[str, Any]:
        name = form["CacheClusterId"]
        group = self._records.caches.get(name.removesuffix("-001"))
        if name not in self._records.caches and group is not None and group.kind == GROUP:
            cluster, member_of = group, group.name
        else:
            cluster = self._cache(name, CLUSTER, "CacheClusterNotFound")
            member_of = cluster.member_of
        facts = {
            "CacheClusterId": name,
            "Engine": cluster.engine,
            "EngineVersion": cluster.version,
            "CacheNodeType": cluster.node_type,
            "CacheClusterStatus": cluster.status,
            **({"ReplicationGroupId": member_of} if member_of else {}),
        }
        return {"CacheClusters": [facts]}

    def _serverless_caches(self, form: Form) -> dict[str, Any]:
        cache = self._cache(form["ServerlessCacheName"], SERVERLESS, "ServerlessCacheNotFoundFault")
        major = cache.version.partition(".")[0]
        facts = {"ServerlessCacheName": cache.name, "Engine": cache.engine, "MajorEngineVersion": major}
        return {"ServerlessCaches": [facts]}

    def _create(self, form: Form) -> dict[str, Any]:
        if "ReplicationGroupId" in form:
            cache = self._cache(form["ReplicationGroupId"], GROUP, "ReplicationGroupNotFoundFault")
        else:
            cache = self._cache(form["CacheClusterId"], CLUSTER, "CacheClusterNotFound")
        kind = "ReplicationGroup" if cache.kind == GROUP else "CacheCluster"
        return {"Snapshot": _told(self._made(form["SnapshotName"], cache, "", f"Invalid{kind}State"))}

    def _create_serverless(self, form: Form) -> dict[str, Any]:
        cache = self._cache(form["ServerlessCacheName"], SERVERLESS, "ServerlessCacheNotFoundFault")
        name, busy = form["ServerlessCacheSnapshotName"], "InvalidServerlessCacheStateFault"
        return {"ServerlessCacheSnapshot": _told_serverless(self._made(name, cache, "ServerlessCache", busy))}

    def _made(self, name: str, cache: Cache, kind: str, busy: str) -> Snapshot:
        if name in self._records.snapshots:
            raise RefusedError(f"{kind}SnapshotAlreadyExistsFault", "Snapshot with specified name exists.")
        if cache.status != AVAILABLE:
            raise RefusedError(busy, f"{cache.name} is not in a valid state: {cache.status}")
        if len(self._records.snapshots) >= self._records.quota:
            raise RefusedError(f"{kind}SnapshotQuotaExceededFault", "Snapshot quota exceeded.")
        if cache.engine == "memcached" or cache.node_type.startswith("cache.t1."):
            raise RefusedError("SnapshotFeatureNotSupportedFault", "Snapshots are not supported.")
        self._records.snapshots[name] = Snapshot(name, cache, cache.rdb())
        return self._records.snapshots[name]

    def _copy(self, form: Form) -> dict[str, Any]:
        snapshot = self._snapshot(form["SourceSnapshotName"], "")
        self._export(snapshot, form["TargetBucket"], form["TargetSnapshotName"], "InvalidSnapshotState")
        return {"Snapshot": _told(snapshot)}

    def _export_serverless(self, form: Form) -> dict[str, Any]:
        snapshot = self._snapshot(form["ServerlessCacheSnapshotName"], "ServerlessCache")
        self._export(
            snapshot, form["S3BucketName"], snapshot.name, "InvalidServerlessCacheSnapshotStateFault"
        )
        return {"ServerlessCacheSnapshot": _told_serverless(snapshot)}

    def _export(self, snapshot: Snapshot, bucket: str, key: str, busy: str) -> None:
        if snapshot.status != AVAILABLE:
            raise RefusedError(busy, f"The snapshot is {snapshot.status}.")
        snapshot.buckets.append((bucket, key))
        snapshot.status = EXPORTING

    def _delete(self, form: Form) -> dict[str, Any]:
        return {"Snapshot": _told(self._deleted(form["SnapshotName"], "", "InvalidSnapshotState"))}

    def _delete_serverless(self, form: Form) -> dict[str, Any]:
        name, busy = form["ServerlessCacheSnapshotName"], "InvalidServerlessCacheSnapshotStateFault"
        return {"ServerlessCacheSnapshot": _told_serverless(self._deleted(name, "ServerlessCache", busy))}

    def _deleted(self, name: str, kind: str, busy: str) -> Snapshot:
        snapshot = self._snapshot(name, kind)
        if snapshot.status == EXPORTING:
            raise RefusedError(busy, "The snapshot is exporting.")
        return self._records.snapshots.pop(name)

    def _snapshots(self, form: Form) -> dict[str, Any]:
        name = form.get("SnapshotName")
        found = [self._snapshot(name, "")] if name else self._of(GROUP, CLUSTER)
        source = {"user": "manual", "system": "automated"}.get(form.get("SnapshotSource", ""))
        return {"Snapshots": [_told(one) for one in found if source in {None, one.source}]}

    def _serverless_snapshots(self, form: Form) -> dict[str, Any]:
        name = form.get("ServerlessCacheSnapshotName")
        found = [self._snapshot(name, "ServerlessCache")] if name else self._of(SERVERLESS)
        return {"ServerlessCacheSnapshots": [_told_serverless(one) for one in found]}

    def _of(self, *kinds: str) -> Iterable[Snapshot]:
        return [one for one in self._records.snapshots.values() if one.cache.kind in kinds]

    def _cache(self, name: str, kind: str, missing: str) -> Cache:
        cache = self._records.caches.get(name)
        if cache is None or cache.kind != kind:
            raise RefusedError(missing, f"{name} not found.")
        return cache

    def _snapshot(self, name: str, kind: str) -> Snapshot:
        if name not in self._records.snapshots:
            raise RefusedError(f"{kind}SnapshotNotFoundFault", "No snapshot found.")
        return self._records.snapshots[name]


def _told(snapshot: Snapshot) -> dict[str, Any]:
    made = snapshot.status != "creating"
    nodes = [
        {"NodeGroupId": f"{number:04}", **({"SnapshotCreateTime": snapshot.taken} if made else {})}
        for number, _ in enumerate(snapshot.saved, 1)
    ]
    return {
        "SnapshotName": snapshot.name,
        "SnapshotStatus": snapshot.status,
        "SnapshotSource": snapshot.source,
        "Engine": snapshot.cache.engine,
        "EngineVersion": snapshot.cache.version,
        "ARN": f"arn:aws:elasticache:{REGION}:{ACCOUNT}:snapshot:{snapshot.name}",
        "NodeSnapshots": nodes,
    }


def _told_serverless(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "ServerlessCacheSnapshotName": snapshot.name,
        "Status": snapshot.status,
        "CreateTime": snapshot.taken,
        "SnapshotType": snapshot.source,
    }
