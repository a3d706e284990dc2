"""A cache of ElastiCache is a delayed source like any other; its RDB is a real server's."""

from dataclasses import dataclass
from functools import partial

import pytest
from moto import mock_aws

from scims_backup.engines.redis.dumping.exported import exported_snapshot
from scims_backup.engines.redis.engine import RedisEngine
from scims_backup.engines.redis.exports.address import ElastiCacheAddress
from scims_backup.engines.redis.exports.cache import Cache
from scims_backup.engines.redis.exports.source import ElastiCacheSource
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from scims_backup.ports import EngineSettings
from tests.contract.engine_contract import BACKUP, DelayedSourceContract
from tests.support.elasticache import BUCKET, PlayedCloud
from tests.support.redis_data import fill


@dataclass(frozen=True)
class CachePlace:
    """A cache, and the server whose data it has."""

    cloud: PlayedCloud
    source: ElastiCacheSource
    url: str

    @property
    def database(self):
        engine = RedisEngine()
        return engine.database(engine.address(self.url, None, {}), EngineSettings())


class TestElastiCache(DelayedSourceContract):
    @pytest.fixture
    def place(self, redis_server, monkeypatch):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        fill(redis_server)
        redis_server.client().save()
        with mock_aws():
            cloud = PlayedCloud()
            cloud.add(rdb=(redis_server.home / "dump.rdb").read_bytes())
            cache = Cache(
                ElastiCacheAddress.parse(f"elasticache://sessions?bucket={BUCKET}"), cloud.new_client
            )
            sandboxing = Sandboxing(redis_server.program.path.parent)
            reading = partial(exported_snapshot, name="sessions", sandboxing=sandboxing)
            yield CachePlace(cloud, ElastiCacheSource(cache, reading), redis_server.socket_url)

    def source(self, place):
        return place.source

    @pytest.fixture
    def deliver(self, place):
        def delivered():
            place.cloud.records.advance()
            assert place.source.delivered(place.source.order(BACKUP)) is None
            place.cloud.records.advance()

        return delivered
