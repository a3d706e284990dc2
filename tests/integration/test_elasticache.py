"""A cache of ElastiCache by the real command line: a real server's RDB, exported, taken, proven, drilled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from localcloud.elasticache.api import ElastiCacheApi
from localcloud.elasticache.records import SERVERLESS, Cache, Records
from localcloud.places import free_ports
from localcloud.query_server import QueryServer
from tests.support.cli import Cli
from tests.support.redis_data import fill
from tests.support.redis_deployments import redis_deployment
from tests.support.s3.moto import moto_server

BUCKET = "exports"
AWS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}


class Cloud:
    """S3 and ElastiCache, each on a port of its own."""

    def __init__(self, s3_url: str, journal) -> None:
        self.s3: Any = boto3.client(
            "s3",
            endpoint_url=s3_url,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )
        self.s3.create_bucket(Bucket=BUCKET)
        self.records = Records(
            lambda bucket, key, body: self.s3.put_object(Bucket=bucket, Key=key, Body=body)
        )
        (port,) = free_ports(1)
        self.server = QueryServer(port, "elasticache", ElastiCacheApi(self.records), journal)
        self.environment = {
            **AWS,
            "AWS_ENDPOINT_URL_S3": s3_url,
            "AWS_ENDPOINT_URL_ELASTICACHE": self.server.url,
        }

    def left(self):
        """Return all that there is in bucket and snapshots."""
        found = self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())
        return [one["Key"] for one in found], list(self.records.snapshots)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with moto_server() as s3:
        made = Cloud(s3.url, tmp_path_factory.mktemp("cloud") / "requests.jsonl")
        made.server.start()
        yield made
        made.server.stop()


def saved(server):
    """Return what a server's own BGSAVE would write, which is what ElastiCache exports."""
    server.client().save()
    return (server.home / "dump.rdb").read_bytes()


@pytest.fixture
def deployed(cloud, tmp_path):
    def made(server, url="elasticache://sessions", **properties):
        cloud.records.caches.clear()
        cloud.records.snapshots.clear()
        cloud.records.add(Cache("sessions", lambda: [saved(server)], **properties))
        environment = redis_deployment(server, tmp_path) | cloud.environment
        return Cli(environment | {"SCIMS_SOURCE_URL": f"{url}?bucket={BUCKET}"})

    return made


def done(cli, *arguments, code=0):
    ended = cli.run(*arguments, "--json")
    assert ended.code == code, ended.out + ended.err
    return ended.document


def collected(cli, cloud):
    """Bring an order to its backup, as ticks do."""
    for _ in range(2):
        assert done(cli, "backup", "--collect")["already"] == "ordered"
        cloud.records.advance()
    return done(cli, "backup", "--collect")


def test_each_server_s_export_becomes_a_backup_that_a_drill_proves(each_redis, cloud, deployed):
    keys = sum(fill(each_redis).values())
    cli = deployed(each_redis)
    ordered = done(cli, "backup")
    assert ordered["already"] == "ordered"
    each_redis.client().flushall()  # what is backed up is of the moment of the order
    taken = collected(cli, cloud)
    assert (taken["id"], taken["level"]) == (ordered["id"], "full")
    assert cloud.left() == ([], [])
    drilled = done(cli, "drill")
    assert (drilled["verdict"], drilled["compared"]["keys"]) == ("passed", keys)
    assert done(cli, "backup", "--collect") == {"already": "collected"}


def test_a_backup_is_as_old_as_its_snapshot(redis_server, cloud, deployed):
    cli = deployed(redis_server)
    before = datetime.now(UTC) - timedelta(seconds=1)
    done(cli, "backup")
    after = datetime.now(UTC)
    taken = collected(cli, cloud)
    assert before <= datetime.fromisoformat(taken["started"]) <= after


def test_a_serverless_cache_goes_the_same_way(redis_server, cloud, deployed):
    fill(redis_server, (0,))
    cli = deployed(redis_server, "elasticache://serverless/sessions", kind=SERVERLESS)
    ordered = done(cli, "backup")
    assert collected(cli, cloud)["id"] == ordered["id"]
    assert cloud.left() == ([], [])


def test_a_damaged_export_is_no_backup_and_is_given_up(redis_server, cloud, deployed):
    fill(redis_server, (0,))
    cli = deployed(redis_server)
    done(cli, "backup")
    for _ in range(2):
        done(cli, "backup", "--collect")
        cloud.records.advance()
    (key,), _ = cloud.left()
    body = bytearray(cloud.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    body[len(body) // 2] ^= 1
    cloud.s3.put_object(Bucket=BUCKET, Key=key, Body=bytes(body))
    ended = cli.run("backup", "--collect", "--json")
    assert (ended.code, ended.document["error"]["kind"]) == (1, "OrderLostError")
    assert done(cli, "list") == []
    assert cloud.left() == ([], [])
    assert done(cli, "backup", "--collect") == {"already": "collected"}


def test_doctor_checks_the_cache_before_the_first_night(redis_server, deployed):
    cli = deployed(redis_server, version="7.0.4")
    found = {one["check"]: one["state"] for one in cli.run("doctor", "--json").document["checks"]}
    assert (found["connection"], found["export-bucket"], found["sandbox-programs"]) == ("fine",) * 3


def test_a_cache_with_cluster_mode_is_refused_with_its_cure(redis_server, cloud, deployed):
    ended = deployed(redis_server, cluster_mode=True).run("backup")
    assert ended.code == 1
    assert "cluster mode" in ended.err
    assert cloud.left() == ([], [])


@pytest.mark.parametrize("command", [("compare",), ("restore",)])
def test_what_needs_a_server_refuses_the_address_of_a_cache(redis_server, cloud, deployed, command):
    cli = deployed(redis_server)
    done(cli, "backup")
    collected(cli, cloud)
    ended = cli.run(*command)
    assert ended.code == 2
    assert "--target-url" in ended.err
