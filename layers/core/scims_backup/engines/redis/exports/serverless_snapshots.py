"""Snapshots of a serverless cache."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scims_backup.domain.errors import SourceError
from scims_backup.engines.redis.exports.aws_errors import asking
from scims_backup.engines.redis.exports.cloud_snapshots import CacheEngine, CloudSnapshot

if TYPE_CHECKING:
    from mypy_boto3_elasticache import ElastiCacheClient


class ServerlessSnapshots:
    """The snapshots of a serverless cache; implements CloudSnapshots.

    cache: its name.
    """

    def __init__(self, client: ElastiCacheClient, cache: str) -> None:
        self._client = client
        self._cache = cache

    def suitable(self) -> CacheEngine:
        """Refuse Memcached, and what there is not."""
        with asking(
            f"cannot look for serverless cache {self._cache}", "elasticache:DescribeServerlessCaches"
        ):
            found = self._client.describe_serverless_caches(ServerlessCacheName=self._cache)
        cache = found["ServerlessCaches"][0]
        engine = cache["Engine"]
        if engine not in {"redis", "valkey"}:
            raise SourceError(
                f"serverless cache {self._cache} is one of {engine}, which exports no RDB",
                "name one of Redis OSS or Valkey",
            )
        return CacheEngine(engine, cache["MajorEngineVersion"])

    def create(self, name: str) -> None:
        """Begin to make a snapshot."""
        known = self._errors.ServerlessCacheSnapshotAlreadyExistsFault
        what = f"cannot make snapshot {name} of {self._cache}"
        with asking(what, "elasticache:CreateServerlessCacheSnapshot", unless=known):
            self._client.create_serverless_cache_snapshot(
                ServerlessCacheSnapshotName=name, ServerlessCacheName=self._cache
            )

    def find(self, name: str) -> CloudSnapshot | None:
        """Return a snapshot."""
        what, missing = f"cannot look for snapshot {name}", self._errors.ServerlessCacheSnapshotNotFoundFault
        found: Sequence[Any] = ()
        with asking(what, "elasticache:DescribeServerlessCacheSnapshots", unless=missing):
            answer = self._client.describe_serverless_cache_snapshots(ServerlessCacheSnapshotName=name)
            found = answer["ServerlessCacheSnapshots"]
        return _read(found[0]) if found else None

    def export(self, name: str, bucket: str) -> None:
        """Begin to export a snapshot; AWS names the objects after it."""
        under_way = self._errors.InvalidServerlessCacheSnapshotStateFault
        what = f"cannot export snapshot {name}"
        with asking(what, "elasticache:ExportServerlessCacheSnapshot", unless=under_way):
            self._client.export_serverless_cache_snapshot(
                ServerlessCacheSnapshotName=name, S3BucketName=bucket
            )

    def remove(self, name: str) -> None:
        """Remove a snapshot."""
        what, gone = f"cannot remove snapshot {name}", self._errors.ServerlessCacheSnapshotNotFoundFault
        with asking(what, "elasticache:DeleteServerlessCacheSnapshot", unless=gone):
            self._client.delete_serverless_cache_snapshot(ServerlessCacheSnapshotName=name)

    def names(self) -> Iterator[str]:
        """Yield the names of the cache's snapshots, automatic ones with them."""
        pages = self._client.get_paginator("describe_serverless_cache_snapshots")
        with asking("cannot list the snapshots", "elasticache:DescribeServerlessCacheSnapshots"):
            for page in pages.paginate(ServerlessCacheName=self._cache):
                yield from (one["ServerlessCacheSnapshotName"] for one in page["ServerlessCacheSnapshots"])

    @property
    def _errors(self) -> Any:  # noqa: ANN401  what botocore makes of the service's model
        return self._client.exceptions


def _read(found: Mapping[str, Any]) -> CloudSnapshot:
    return CloudSnapshot(found["ServerlessCacheSnapshotName"], found["Status"], found.get("CreateTime"))
