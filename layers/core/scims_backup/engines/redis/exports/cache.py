"""A cache in AWS, reached by its snapshots and by the bucket that they are exported to."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, cast

from scims_backup.adapters.aws import client as aws
from scims_backup.engines.redis.exports.address import ElastiCacheAddress
from scims_backup.engines.redis.exports.cloud_snapshots import CloudSnapshots
from scims_backup.engines.redis.exports.export_bucket import ExportBucket
from scims_backup.engines.redis.exports.node_snapshots import NodeSnapshots
from scims_backup.engines.redis.exports.serverless_snapshots import ServerlessSnapshots

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_elasticache import ElastiCacheClient
    from mypy_boto3_s3 import S3Client

NewClient = Callable[[str], "BaseClient"]


class Cache:
    """What AWS has of a cache; it is first asked when it is needed.

    new_client: makes a client of a service of AWS, by boto3's name of it.
    """

    def __init__(self, address: ElastiCacheAddress, new_client: NewClient = aws.new_client) -> None:
        self.address = address
        self._new_client = new_client

    @cached_property
    def snapshots(self) -> CloudSnapshots:
        """The cache's snapshots. Raise UsageError if AWS is configured wrong."""
        client = cast("ElastiCacheClient", self._new_client("elasticache"))
        if self.address.serverless:
            return ServerlessSnapshots(client, self.address.id)
        return NodeSnapshots(client, self.address.id)

    @cached_property
    def bucket(self) -> ExportBucket:
        """The bucket. Raise UsageError if AWS is configured wrong."""
        return ExportBucket(cast("S3Client", self._new_client("s3")), self.address.bucket, time.sleep)
