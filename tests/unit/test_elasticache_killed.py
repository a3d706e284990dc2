"""A night of a cache whose runs die at any moment: the backup is made, and nothing is left in AWS."""

from datetime import UTC, datetime, timedelta

import pytest
from moto import mock_aws

from localcloud.elasticache.api import ElastiCacheApi
from scims_backup.domain.level import Level
from scims_backup.engines.redis.exports.address import ElastiCacheAddress
from scims_backup.engines.redis.exports.cache import Cache
from scims_backup.engines.redis.exports.source import ElastiCacheSource
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.take_backup import TakeBackup
from tests.fakes import MemoryCatalog, MemoryVault, RecordedProgress
from tests.faults import CHUNKS, Calls, FaultySource
from tests.mortal import DeadError, Life, Mortal, dying_at
from tests.support.elasticache import BUCKET, PlayedCloud

NIGHT = datetime(2026, 11, 22, 2, tzinfo=UTC)
NAME = "scims-redis"
LONGEST = timedelta(minutes=15)


class Night:
    """A schedule and its ticks, whose runs have a catalog, a vault and an account."""

    def __init__(self, cloud):
        self.cloud, self.catalog, self.vault = cloud, MemoryCatalog(), MemoryVault()
        self.now, self._ids = NIGHT, 0

    def new_id(self):
        self._ids += 1
        return f"id{self._ids}"

    def taking(self, life):
        def answer(form):
            life.moment(f"before {form['Action']}")
            answered = ElastiCacheApi.answer(self.cloud.api, form)
            life.moment(f"after {form['Action']}")
            return answered

        self.cloud.api.answer = answer
        self.now += timedelta(minutes=10)
        catalog, progress = Mortal(self.catalog, life), RecordedProgress()
        address = ElastiCacheAddress.parse(f"elasticache://sessions?bucket={BUCKET}")
        reading = FaultySource(Calls())
        source = ElastiCacheSource(Cache(address, self.cloud.new_client), lambda _stream: reading.snapshot())
        events = EventLog(NAME, catalog, lambda: self.now, self.new_id, progress)
        vault = Mortal(self.vault, life)
        return TakeBackup(
            NAME, source, vault, catalog, events, lambda: self.now, self.new_id, progress, LONGEST
        )

    def pass_by(self, life, night=NIGHT):
        """Let the schedule and three ticks run."""
        self.taking(life).run(Level.FULL, night)
        for _ in range(3):
            self.cloud.records.advance()
            self.taking(life).collect(Level.FULL)

    def manifests(self):
        return list(self.catalog.keys(f"manifests/{NAME}/"))


@pytest.fixture
def cloud(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        made = PlayedCloud()
        made.add(rdb=b"".join(CHUNKS))
        yield made


def test_a_night_without_a_death_leaves_its_backup_and_nothing_else(cloud):
    night = Night(cloud)
    night.pass_by(Life())
    assert night.manifests() == [f"manifests/{NAME}/20261122T020000Z.json"]
    assert (cloud.keys(), cloud.records.snapshots) == ([], {})


@pytest.mark.slow
def test_runs_that_die_at_any_moment_cost_no_backup_and_leave_nothing_for_long(cloud):
    whole = Life()
    Night(cloud).pass_by(whole)
    assert len(whole.moments) > 80
    for moment, name in enumerate(whole.moments):
        night = Night(cloud)
        with pytest.raises(DeadError):
            night.pass_by(Life(dying_at(moment)))
        night.now += LONGEST  # the claim of the dead run expires, and the schedule is delivered again
        night.pass_by(Life())
        assert f"manifests/{NAME}/20261122T020000Z.json" in night.manifests(), name
        night.now = NIGHT + timedelta(days=3)
        night.pass_by(Life(), night.now)
        assert (cloud.keys(), cloud.records.snapshots) == ([], {}), name
