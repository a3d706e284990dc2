"""A cache as a source: what it orders of ElastiCache, when that is delivered, and that nothing is left."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from localcloud.elasticache.records import AVAILABLE, CLUSTER, EXPORTING, SERVERLESS, Snapshot
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.errors import (
    DumpFailedError,
    OrderLostError,
    SourceAccessError,
    SourceBusyError,
    SourceError,
    SourceUnreachableError,
)
from scims_backup.domain.level import Level
from scims_backup.engines.redis.exports.address import ElastiCacheAddress
from scims_backup.engines.redis.exports.cache import Cache
from scims_backup.engines.redis.exports.doctor import ElastiCacheExamination
from scims_backup.engines.redis.exports.names import SnapshotNames
from scims_backup.engines.redis.exports.source import ElastiCacheSource
from tests.fakes import RecordedProgress
from tests.support.elasticache import BUCKET, PlayedCloud

NIGHT = datetime(2026, 11, 22, 2, tzinfo=UTC)
BACKUP = BackupId("scims-redis", "20261122T020000Z")
NAMES = SnapshotNames("scims-redis", BUCKET)
RDB = b"REDIS0011" + bytes(3_000_000)
DAMAGED = b"damaged"
KINDS = {
    "group": ({}, "elasticache://sessions"),
    "cluster": ({"kind": CLUSTER}, "elasticache://sessions"),
    "serverless": ({"kind": SERVERLESS}, "elasticache://serverless/sessions"),
}


@contextmanager
def plainly(stream):
    """Make the RDB itself the archive."""

    def archive():
        for chunk in stream():
            if DAMAGED in chunk:
                raise DumpFailedError("the RDB is damaged", "take the backup again")
            yield chunk

    yield SimpleNamespace(
        taken=None,
        archive=archive,
        prove=lambda level, progress: (level, progress),
        warnings=lambda: ("an RDB's own",),
        tools=lambda: {"redis": "7.1"},
    )


@pytest.fixture
def cloud(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        yield PlayedCloud()


@pytest.fixture
def source(cloud):
    def made(url="elasticache://sessions", bucket=BUCKET):
        address = ElastiCacheAddress.parse(f"{url}?bucket={bucket}")
        return ElastiCacheSource(Cache(address, cloud.new_client), plainly)

    return made


@pytest.fixture
def sessions(cloud, source):
    cloud.add(rdb=RDB)
    return source()


def export(cloud, source, order):
    """Bring an order to where its object is in the bucket."""
    assert source.delivered(order) is None
    cloud.records.advance()
    assert source.delivered(order) is None
    cloud.records.advance()


def of_night(days):
    return BackupId("scims-redis", stamp_of(NIGHT + timedelta(days=days)))


# ----------------------------------------------------------------------------------------- the ordinary way


@pytest.mark.parametrize("kind", KINDS)
def test_an_order_is_delivered_once_it_is_exported_and_leaves_nothing(cloud, source, kind):
    properties, url = KINDS[kind]
    cloud.add(rdb=RDB, **properties)
    order = source(url).order(BACKUP)
    export(cloud, source(url), order)
    for _ in range(2):
        with source(url).delivered(order) as snapshot:
            assert snapshot.estimate.bytes == len(RDB)
            assert b"".join(snapshot.archive()) == RDB
            assert snapshot.taken == cloud.records.snapshots[order["snapshot"]].taken
    for _ in range(2):
        source(url).collected(order)
    assert (cloud.keys(), cloud.records.snapshots) == ([], {})


def test_the_data_are_of_the_moment_of_the_order(cloud, source):
    cache = cloud.add(rdb=b"of that night")
    order = source().order(BACKUP)
    cache.rdb = lambda: [b"of the morning"]
    export(cloud, source(), order)
    with source().delivered(order) as snapshot:
        assert b"".join(snapshot.archive()) == b"of that night"


def test_what_reads_the_rdb_proves_it_and_says_what_is_odd(cloud, sessions):
    order = sessions.order(BACKUP)
    export(cloud, sessions, order)
    progress = RecordedProgress()
    with sessions.delivered(order) as snapshot:
        assert snapshot.prove(Level.FULL, progress) == (Level.FULL, progress)
        assert (list(snapshot.warnings()), snapshot.tools()) == (["an RDB's own"], {"redis": "7.1"})


def test_ordering_again_makes_no_second_snapshot(cloud, sessions, source):
    assert sessions.order(BACKUP) == source().order(BACKUP)
    assert list(cloud.records.snapshots) == [NAMES.of(BACKUP)]


def test_a_replica_is_read_in_place_of_its_primary(cloud, source):
    cloud.add("sessions", rdb=b"primary")
    cloud.add("sessions-002", rdb=b"replica", kind=CLUSTER, member_of="sessions")
    order = source("elasticache://sessions-002").order(BACKUP)
    export(cloud, source(), order)
    with source().delivered(order) as snapshot:
        assert b"".join(snapshot.archive()) == b"replica"


def test_an_order_has_no_secrets_and_says_how_to_find_it(sessions):
    assert set(sessions.order(BACKUP)) == {"snapshot", "created", "left"}


def test_two_runs_that_ask_at_once_export_once(cloud, sessions, source):
    order = sessions.order(BACKUP)
    cloud.records.advance()
    assert sessions.delivered(order) is source().delivered(order) is None
    assert cloud.api.asked.count("CopySnapshot") == 1


# --------------------------------------------------------------------------------------------- it must wait


@pytest.mark.parametrize("kind", KINDS)
def test_a_busy_cache_gets_its_snapshot_later(cloud, source, kind):
    properties, url = KINDS[kind]
    cache = cloud.add(rdb=RDB, status="snapshotting", **properties)
    order = source(url).order(BACKUP)
    assert source(url).delivered(order) is None
    assert cloud.records.snapshots == {}
    cache.status = AVAILABLE
    export(cloud, source(url), order)
    with source(url).delivered(order) as snapshot:
        assert b"".join(snapshot.archive()) == RDB


@pytest.mark.parametrize("status", ["creating", "exporting", "copying", "restoring", "a new one"])
def test_a_snapshot_that_is_under_way_is_awaited(cloud, sessions, status):
    order = sessions.order(BACKUP)
    cloud.records.snapshots[order["snapshot"]].status = status
    assert sessions.delivered(order) is None


@pytest.mark.parametrize(("action", "kind"), [("CopySnapshot", SourceUnreachableError)])
def test_what_may_pass_leaves_the_order_open(cloud, sessions, action, kind):
    order = sessions.order(BACKUP)
    cloud.records.advance()
    cloud.api.refusals[action] = ("Throttling", "Rate exceeded")
    with pytest.raises(kind):
        sessions.delivered(order)
    cloud.api.refusals.clear()
    assert sessions.delivered(order) is None
    cloud.records.advance()
    assert sessions.delivered(order) is not None


def test_an_export_that_another_run_has_finished_meanwhile_is_found_next_time(cloud, sessions):
    order = sessions.order(BACKUP)
    cloud.records.advance()
    text = "The S3 bucket exports already contains an object with key x-0001.rdb."
    cloud.api.refusals["CopySnapshot"] = ("InvalidParameterValue", text)
    assert sessions.delivered(order) is None


# ------------------------------------------------------------------------------------------- it never comes


@pytest.mark.parametrize("status", ["failed", "create-failed", "deleting", "Deleted"])
def test_a_snapshot_that_will_never_be_there_loses_the_order(cloud, sessions, status):
    order = sessions.order(BACKUP)
    cloud.records.snapshots[order["snapshot"]].status = status
    with pytest.raises(OrderLostError, match=status):
        sessions.delivered(order)
    assert cloud.records.snapshots == {}


def test_a_snapshot_that_somebody_removed_loses_the_order(cloud, sessions):
    order = sessions.order(BACKUP)
    cloud.records.snapshots.clear()
    with pytest.raises(OrderLostError, match="is gone"):
        sessions.delivered(order)


def test_several_files_are_refused_and_removed(cloud, source):
    cloud.add(rdb=[b"one", b"two"], kind=SERVERLESS)
    cache = source("elasticache://serverless/sessions")
    order = cache.order(BACKUP)
    export(cloud, cache, order)
    assert len(cloud.keys()) == 2
    with pytest.raises(OrderLostError, match="2 files"):
        cache.delivered(order)
    assert (cloud.keys(), cloud.records.snapshots) == ([], {})


def test_a_damaged_export_loses_the_order_and_is_removed(cloud, source):
    cloud.add(rdb=DAMAGED)
    order = source().order(BACKUP)
    export(cloud, source(), order)
    with (
        source().delivered(order) as snapshot,
        pytest.raises(OrderLostError, match="the RDB is damaged") as lost,
    ):
        list(snapshot.archive())
    assert lost.value.cure == "take the backup again"
    assert (cloud.keys(), cloud.records.snapshots) == ([], {})


REFUSED_EXPORTS = {
    "InvalidParameterValue: The S3 bucket exports is outside of the region.": "cache's region",
    "InvalidParameterValue: The S3 bucket exports does not exist.": "a bucket of this account",
    "InvalidParameterValue: The S3 bucket exports is not owned by the authenticated user.": "of this account",
    "InvalidParameterValue: ElastiCache has not been granted READ permissions on the S3 Bucket.": "policy",
    "InvalidParameterValue: ElastiCache has not been granted WRITE permissions on the S3 Bucket.": "policy",
    "InvalidParameterValue: ElastiCache has not been granted READ_ACP permissions on the S3 Bucket": "policy",
    "InvalidParameterValue: Elasticache was unable to validate the authenticated user has access on the S3 "
    "bucket exports.": "s3:ListAllMyBuckets",
    "InvalidParameterCombination: Data tiering clusters cannot be exported.": "data tiering",
    "InvalidParameterValue: The KMS key cannot be used.": "use the key",
    "AccessDenied: User is not authorized to perform: elasticache:CopySnapshot": "elasticache:CopySnapshot",
}


@pytest.mark.parametrize("refusal", REFUSED_EXPORTS)
def test_a_refused_export_loses_the_order_with_its_cure_and_leaves_nothing(cloud, sessions, refusal):
    order = sessions.order(BACKUP)
    cloud.records.advance()
    cloud.api.refusals["CopySnapshot"] = tuple(refusal.split(": ", 1))
    with pytest.raises(OrderLostError) as lost:
        sessions.delivered(order)
    assert refusal.split(": ", 1)[1] in lost.value.message
    assert REFUSED_EXPORTS[refusal] in lost.value.cure
    assert cloud.records.snapshots == {}


def test_a_lost_order_whose_snapshot_cannot_be_removed_says_both(cloud, sessions):
    order = sessions.order(BACKUP)
    cloud.records.snapshots[order["snapshot"]].status = "failed"
    cloud.api.refusals["DeleteSnapshot"] = ("AccessDenied", "no")
    with pytest.raises(OrderLostError, match=r"is failed; cannot remove snapshot"):
        sessions.delivered(order)


# -------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("properties", "url", "expected"),
    [
        ({"cluster_mode": True, "rdb": [b"1", b"2", b"3"]}, None, r"cluster mode enabled \(3 shards\)"),
        ({"cluster_mode": True}, None, r"cluster mode enabled \(1 shards\)"),
        ({"data_tiering": True}, None, "data tiering"),
        ({"node_type": "cache.t1.micro"}, None, "cache.t1.micro"),
        ({"node_type": "cache.t1.micro", "kind": CLUSTER}, None, "cache.t1.micro"),
        ({"engine": "memcached", "kind": CLUSTER}, None, "memcached"),
        ({"engine": "memcached", "kind": SERVERLESS}, "elasticache://serverless/sessions", "memcached"),
    ],
)
def test_an_unsuitable_cache_is_refused_before_anything_is_made(cloud, source, properties, url, expected):
    cloud.add(**properties)
    with pytest.raises(SourceError, match=expected) as refused:
        source(url or "elasticache://sessions").order(BACKUP)
    assert refused.value.cure
    assert cloud.records.snapshots == {}


def test_a_replica_of_a_group_with_cluster_mode_is_refused(cloud, source):
    cloud.add("sessions", cluster_mode=True)
    cloud.add("sessions-0001-002", kind=CLUSTER, member_of="sessions")
    with pytest.raises(SourceError, match="cluster mode"):
        source("elasticache://sessions-0001-002").order(BACKUP)


@pytest.mark.parametrize("url", ["elasticache://nobody", "elasticache://serverless/nobody"])
def test_a_cache_that_there_is_not_is_unreachable(source, url):
    with pytest.raises(SourceUnreachableError, match="nobody") as refused:
        source(url).order(BACKUP)
    assert "region" in refused.value.cure


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_quota_is_said_with_its_cure(cloud, source, kind):
    properties, url = KINDS[kind]
    cloud.add(**properties)
    cloud.records.quota = 0
    with pytest.raises(SourceError, match="QuotaExceeded") as refused:
        source(url).order(BACKUP)
    assert "describe-snapshots" in refused.value.cure


@pytest.mark.parametrize(
    ("action", "right"),
    [
        ("DescribeReplicationGroups", "elasticache:DescribeReplicationGroups"),
        ("CreateSnapshot", "elasticache:CreateSnapshot"),
        ("DescribeSnapshots", "elasticache:DescribeSnapshots"),
    ],
)
def test_a_missing_right_is_named(cloud, sessions, action, right):
    cloud.api.refusals[action] = ("AccessDenied", "is not authorized")
    with pytest.raises(SourceAccessError) as refused:
        sessions.order(BACKUP)
    assert right in refused.value.cure


@pytest.mark.parametrize("code", ["ServiceLinkedRoleNotFoundFault", "KMSKeyNotAccessibleFault"])
def test_other_refusals_have_a_cure_of_their_own(cloud, sessions, code):
    cloud.api.refusals["CreateSnapshot"] = (code, "no")
    with pytest.raises(SourceAccessError) as refused:
        sessions.order(BACKUP)
    assert refused.value.cure


@pytest.mark.usefixtures("sessions")
def test_a_bucket_that_there_is_not_is_refused_before_a_snapshot_is_made(cloud, source):
    with pytest.raises(SourceError, match="nowhere"):
        source(bucket="nowhere").order(BACKUP)
    assert cloud.records.snapshots == {}


@pytest.mark.usefixtures("sessions")
def test_a_bucket_in_another_region_is_refused_before_a_snapshot_is_made(cloud, source):
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="elsewhere")
    with pytest.raises(SourceError, match="us-east-1") as refused:
        source(bucket="elsewhere").order(BACKUP)
    assert "AWS_REGION" in refused.value.cure
    assert cloud.records.snapshots == {}


# ---------------------------------------------------------------------------- what earlier runs have left


def test_the_next_order_removes_what_a_run_left_that_nobody_awaits(cloud, sessions):
    order = sessions.order(BACKUP)
    export(cloud, sessions, order)
    sessions.order(of_night(1))
    assert NAMES.of(BACKUP) in cloud.records.snapshots
    sessions.order(of_night(3))
    assert set(cloud.records.snapshots) == {NAMES.of(of_night(1)), NAMES.of(of_night(3))}
    assert cloud.keys() == []


OTHERS = [
    "nightly",
    "scims-backup",
    "scims-backup-20250101t020000z",
    f"my-{NAMES.of(of_night(-9))}",
    f"{NAMES.of(of_night(-9))}9",
    NAMES.prefix + "20261399t020000z",
    NAMES.prefix + "keep",
    SnapshotNames("scims-redis", "another-bucket").of(of_night(-9)),
    SnapshotNames("scims.redis", BUCKET).of(of_night(-9)),
    SnapshotNames("scims-redi", BUCKET).of(of_night(-9)),
]


@pytest.mark.parametrize("name", OTHERS)
def test_what_does_not_carry_our_name_is_never_removed(cloud, sessions, name):
    others = Snapshot(name, cloud.records.caches["sessions"], [b""], AVAILABLE)
    cloud.records.snapshots[name] = others
    cloud.put(f"{name}-0001.rdb")
    order = sessions.order(BACKUP)
    export(cloud, sessions, order)
    sessions.collected(order)
    assert (list(cloud.records.snapshots), cloud.keys()) == ([name], [f"{name}-0001.rdb"])


def test_an_automatic_snapshot_is_none_of_ours(cloud, sessions):
    old = NAMES.of(of_night(-9))
    automatic = Snapshot(old, cloud.records.caches["sessions"], [b""], AVAILABLE, source="automated")
    cloud.records.snapshots[old] = automatic
    sessions.order(BACKUP)
    assert old in cloud.records.snapshots


def test_what_cannot_be_removed_is_a_warning_of_the_next_backup(cloud, sessions):
    old = NAMES.of(of_night(-9))
    cloud.records.snapshots[old] = Snapshot(old, cloud.records.caches["sessions"], [b""], EXPORTING)
    order = sessions.order(BACKUP)
    del cloud.records.snapshots[old]
    export(cloud, sessions, order)
    with sessions.delivered(order) as snapshot:
        own, left = snapshot.warnings()
    assert own == "an RDB's own"
    assert old in left
    assert "try again" in left


def test_collecting_what_is_still_being_exported_says_so(cloud, sessions):
    order = sessions.order(BACKUP)
    cloud.records.snapshots[order["snapshot"]].status = EXPORTING
    with pytest.raises(SourceBusyError):
        sessions.collected(order)


@pytest.mark.parametrize("source_name", ["scims.redis", "a", "0", "a--b", "a_b.c-", "x" * 63])
def test_names_are_such_as_elasticache_takes(source_name):
    name = SnapshotNames(source_name, BUCKET).of(BackupId(source_name, BACKUP.stamp))
    assert name.replace("-", "").isalnum()
    assert name == name.lower()
    assert "--" not in name
    assert len(name) <= 100
    assert SnapshotNames(source_name, BUCKET).moment(f"{name}-0001.rdb") == NIGHT


# ---------------------------------------------------------------------------------------------------- doctor


def looked(cloud, url="elasticache://sessions", bucket=BUCKET):
    """Run each check, and return what it said, or what it raised."""
    address = ElastiCacheAddress.parse(f"{url}?bucket={bucket}")
    program = SimpleNamespace(warning="", title="Redis 7.0.15", path="/usr/bin/redis-server")
    sandboxing: Any = SimpleNamespace(program=lambda *_: program)
    examination = ElastiCacheExamination("scims-redis", address, sandboxing, cloud.new_client)
    said: dict[str, object] = {}
    for check in examination.checks():
        try:
            said[check.name] = next(iter(check.look())).message
        except SourceError as error:
            said[check.name] = error
    return said


@pytest.mark.parametrize("kind", KINDS)
def test_doctor_finds_a_cache_that_can_be_backed_up_and_makes_no_snapshot(cloud, kind):
    properties, url = KINDS[kind]
    cloud.add(engine="valkey", version="8.1.0", **properties)
    said = looked(cloud, url)
    assert [*said] == ["connection", "export-bucket", "sandbox-programs"]
    assert "valkey 8" in said["connection"]
    assert "can be listed" in said["export-bucket"]
    assert "redis-server" in said["sandbox-programs"]
    assert cloud.records.snapshots == {}


def test_doctor_says_what_an_order_would_be_refused_for(cloud):
    cloud.add(cluster_mode=True)
    said = looked(cloud, bucket="nowhere")
    assert "cluster mode" in str(said["connection"])
    assert "nowhere" in str(said["export-bucket"])
