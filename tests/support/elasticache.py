"""ElastiCache as localcloud plays it and S3 as moto does, behind boto3's clients, without a network."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import boto3
from botocore.awsrequest import AWSResponse
from moto.core.models import botocore_stubber

from localcloud.elasticache.api import ElastiCacheApi
from localcloud.elasticache.records import Cache, Records

REGION: Any = "eu-central-1"
BUCKET = "exports"


class PlayedCloud:
    """An account with one bucket and the caches that are added."""

    def __init__(self) -> None:
        self._s3: Any = boto3.client("s3", region_name=REGION)
        self._s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.records = Records(
            lambda bucket, key, body: self._s3.put_object(Bucket=bucket, Key=key, Body=body)
        )
        self.api = ElastiCacheApi(self.records)
        self._elasticache: Any = boto3.client("elasticache", region_name=REGION)
        events: Any = self._elasticache.meta.events
        events.unregister("before-send", botocore_stubber)  # moto's own ElastiCache exports nothing
        events.register("before-send", self._answer)

    def new_client(self, service: str) -> Any:
        """Return the client of a service, as `adapters.aws.client.new_client` does."""
        return {"s3": self._s3, "elasticache": self._elasticache}[service]

    def add(self, name: str = "sessions", rdb: bytes | list[bytes] = b"REDIS", **properties: Any) -> Cache:
        """Let there be a cache, whose server would save these bytes, or a list of them for its shards."""
        saved = [rdb] if isinstance(rdb, bytes) else rdb
        cache = Cache(name, lambda: saved, **properties)
        self.records.add(cache)
        return cache

    def keys(self) -> list[str]:
        """Return the keys of all objects in the bucket."""
        return [one["Key"] for one in self._s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]

    def put(self, key: str, body: bytes = b"") -> None:
        """Put an object into the bucket, as somebody else would."""
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def _answer(self, request: Any, **_: object) -> AWSResponse:
        body = request.body if isinstance(request.body, str) else request.body.decode()
        status, answer = self.api.answer(dict(parse_qsl(body)))
        raw: Any = SimpleNamespace(stream=lambda *_, **__: iter([answer]))
        headers: Any = {"Content-Type": "text/xml"}
        return AWSResponse(request.url, status, headers, raw)
