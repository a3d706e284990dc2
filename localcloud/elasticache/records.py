"""What ElastiCache knows: caches and their snapshots, which go on only when they are told to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

CREATING, AVAILABLE, EXPORTING = "creating", "available", "exporting"
GROUP, CLUSTER, SERVERLESS = "replication group", "cluster", "serverless cache"


@dataclass
class Cache:
    """A cache, whatever runs it.

    rdb: what its server would save now, one for each shard.
    member_of: the group that a cluster is a replica of.
    """

    name: str
    rdb: Callable[[], list[bytes]]
    kind: str = GROUP
    engine: str = "redis"
    version: str = "7.1.0"
    node_type: str = "cache.t4g.micro"
    cluster_mode: bool = False
    data_tiering: bool = False
    status: str = AVAILABLE
    member_of: str = ""


@dataclass
class Snapshot:
    """A snapshot.

    saved: its data, of the moment at which it was asked for.
    buckets: that it is being exported to, and what keys there begin with.
    """

    name: str
    cache: Cache
    saved: list[bytes]
    status: str = CREATING
    source: str = "manual"
    taken: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    buckets: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Records:
    """All that there is.

    put: stores an object, by bucket, key and bytes.
    quota: of snapshots that are there.
    """

    put: Callable[[str, str, bytes], None]
    quota: int = 20
    caches: dict[str, Cache] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)

    def add(self, cache: Cache) -> None:
        """Let there be a cache."""
        self.caches[cache.name] = cache

    def advance(self) -> None:
        """Bring what is under way to its end: snapshots are there, exports are in their buckets."""
        for snapshot in self.snapshots.values():
            for bucket, key in snapshot.buckets:
                for number, rdb in enumerate(snapshot.saved, 1):
                    self.put(bucket, f"{key}-{number:04}.rdb", rdb)
            snapshot.buckets.clear()
            if snapshot.status in {CREATING, EXPORTING}:
                snapshot.status = AVAILABLE
