"""A stack that backs up a cache of ElastiCache, by exports to a bucket of its own; what it may do for it."""

from __future__ import annotations

import json
import tomllib

import pytest

from tests.template.acts.everything import wrong
from tests.template.acts.here import Here
from tests.template.checks import limits
from tests.template.checks.environments import environment
from tests.template.checks.waking import created, function_arn, rule_called
from tests.template.support.loading import REGION, source, transformed
from tests.template.support.patterns import takes
from tests.template.support.policies import may
from tests.template.support.stacks import ACCOUNT, STACK, VARIANTS, stack_of

TEMPLATE = transformed(source())
CACHE = {"RedisElastiCache": "sessions", "RedisServer": "redis:7"}
SERVERLESS = {**CACHE, "RedisElastiCache": "serverless/sessions"}
ALL = pytest.mark.parametrize("variant", VARIANTS)
STACKS = {name: stack_of(TEMPLATE, name, {**VARIANTS[name], **CACHE}) for name in VARIANTS}
BUCKET = f"{STACK}-exportbucket"
OURS = "scims-backup-scims-redis-1f2e3d4c-20261122t020000z"
COLLECT = {"action": "collect", "source": "scims-redis"}
ADDED = {
    "CollectExport",
    "ExportStored",
    "SnapshotMade",
    "ExportStoredWakes",
    "SnapshotMadeWakes",
    "ExportBucket",
}


def _arn(kind, name):
    return f"arn:aws:elasticache:{REGION}:{ACCOUNT}:{kind}:{name}"


@ALL
def test_without_a_cache_there_is_nothing_of_it(variant):
    plain = stack_of(TEMPLATE, variant, VARIANTS[variant])
    text = json.dumps([[one.id, one.properties] for one in plain.resources.values()]).lower()
    assert "elasticache" not in text
    assert "collect" not in text


@ALL
def test_with_a_cache_there_is_what_it_needs_and_no_secret(variant):
    assert set(STACKS[variant].resources) >= ADDED | {"RedisDumpNightly", "RedisDrillWeekly"}
    settings = tomllib.loads(environment(STACKS[variant], "DumpFunction")["SCIMS_SETTINGS"])
    of_cache = settings["sources"]["scims-redis"]
    assert (of_cache["engine"], of_cache["url"]) == ("redis", f"elasticache://sessions?bucket={BUCKET}")
    assert "secret" not in of_cache


@ALL
def test_what_is_forbidden_stays_so_and_what_is_needed_too(variant):
    assert list(wrong(Here(STACKS[variant]))) == []


@ALL
def test_the_export_is_collected_every_ten_minutes_and_by_events(variant):
    stack = STACKS[variant]
    tick = stack.properties("CollectExport")
    assert tick["ScheduleExpression"] == "rate(10 minutes)"
    assert (tick["Target"]["Arn"], json.loads(tick["Target"]["Input"])) == (function_arn("dump"), COLLECT)
    for name in ("export-stored", "snapshot-made"):
        rule = rule_called(stack, name)
        assert rule is not None
        (target,) = rule.properties["Targets"]
        assert (target["Arn"], json.loads(target["Input"])) == (function_arn("dump"), COLLECT)


@ALL
def test_only_objects_of_the_export_bucket_wake_the_collector(variant):
    rule = rule_called(STACKS[variant], "export-stored")
    assert rule is not None
    pattern = rule.properties["EventPattern"]
    assert takes(pattern, created(f"{OURS}-0001.rdb", BUCKET))
    assert not takes(pattern, created(f"{OURS}-0001.rdb", "another"))


MAY = [
    ("elasticache:CreateSnapshot", _arn("replicationgroup", "sessions")),
    ("elasticache:CreateSnapshot", _arn("cluster", "sessions")),
    ("elasticache:CreateSnapshot", _arn("snapshot", OURS)),
    ("elasticache:CreateServerlessCacheSnapshot", _arn("serverlesscache", "sessions")),
    ("elasticache:CreateServerlessCacheSnapshot", _arn("serverlesscachesnapshot", OURS)),
    ("elasticache:CopySnapshot", _arn("snapshot", OURS)),
    ("elasticache:DeleteSnapshot", _arn("snapshot", OURS)),
    ("elasticache:ExportServerlessCacheSnapshot", _arn("serverlesscachesnapshot", OURS)),
    ("elasticache:DeleteServerlessCacheSnapshot", _arn("serverlesscachesnapshot", OURS)),
    ("elasticache:DescribeSnapshots", "*"),
    ("elasticache:DescribeReplicationGroups", "*"),
    ("elasticache:DescribeCacheClusters", "*"),
    ("elasticache:DescribeServerlessCaches", "*"),
    ("elasticache:DescribeServerlessCacheSnapshots", "*"),
    ("s3:ListAllMyBuckets", "*"),
    ("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"),
    ("s3:GetBucketLocation", f"arn:aws:s3:::{BUCKET}"),
    ("s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}"),
    *((f"s3:{act}Object", f"arn:aws:s3:::{BUCKET}/{OURS}-0001.rdb") for act in ("Get", "Put", "Delete")),
]
MAY_NOT = [
    ("elasticache:CreateSnapshot", _arn("replicationgroup", "another")),
    ("elasticache:CopySnapshot", _arn("snapshot", "automatic.sessions-2026-11-22-05-00")),
    ("elasticache:DeleteSnapshot", _arn("snapshot", "nightly")),
    ("elasticache:DeleteServerlessCacheSnapshot", _arn("serverlesscachesnapshot", "nightly")),
    ("elasticache:DeleteReplicationGroup", _arn("replicationgroup", "sessions")),
    ("elasticache:CreateReplicationGroup", _arn("snapshot", OURS)),
    ("elasticache:Connect", _arn("replicationgroup", "sessions")),
    ("s3:GetObject", f"arn:aws:s3:::{BUCKET}/another-0001.rdb"),
    ("s3:DeleteObject", f"arn:aws:s3:::{BUCKET}/another-0001.rdb"),
    ("s3:PutBucketPolicy", f"arn:aws:s3:::{BUCKET}"),
]


@ALL
def test_the_dump_may_do_what_an_export_needs_and_no_more(variant):
    role = STACKS[variant].resources["DumpRole"]
    assert [(action, on) for action, on in MAY if not may(role, action, on)] == []
    assert [(action, on) for action, on in MAY_NOT if may(role, action, on)] == []


@ALL
def test_no_other_role_may_touch_snapshots_or_exports(variant):
    for role in STACKS[variant].of("AWS::IAM::Role"):
        if role.id != "DumpRole":
            assert [(action, on) for action, on in MAY if may(role, action, on)] == [], role.id


def test_of_a_serverless_cache_the_role_names_the_cache_itself():
    stack = stack_of(TEMPLATE, "serverless", SERVERLESS)
    role = stack.resources["DumpRole"]
    action = "elasticache:CreateServerlessCacheSnapshot"
    assert may(role, action, _arn("serverlesscache", "sessions"))
    assert not may(role, action, _arn("serverlesscache", "serverless/sessions"))
    settings = tomllib.loads(environment(stack, "DumpFunction")["SCIMS_SETTINGS"])
    assert settings["sources"]["scims-redis"]["url"] == f"elasticache://serverless/sessions?bucket={BUCKET}"


@ALL
def test_elasticache_may_write_to_the_bucket_and_nobody_may_read_it_in_the_clear(variant):
    here = Here(STACKS[variant])
    service = f"{REGION}.elasticache-snapshot.amazonaws.com"
    policy = STACKS[variant].properties("ExportBucketPolicy")["PolicyDocument"]["Statement"]
    granted = next(one for one in policy if one["Sid"] == "ElastiCacheExports")
    assert granted["Principal"] == {"Service": service}
    assert "s3:DeleteObject" not in granted["Action"]
    assert here.stack.properties("ExportBucket")["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"]
    refused = next(one for one in policy if one["Sid"] == "RefusePlainHttp")
    assert (refused["Effect"], refused["Principal"]) == ("Deny", "*")


def test_what_is_left_behind_expires_and_no_version_of_it_is_kept():
    bucket = STACKS["restic"].properties("ExportBucket")
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == 3
    assert "VersioningConfiguration" not in bucket


def test_a_dump_in_a_closed_network_gets_an_endpoint_of_elasticache():
    assert "CacheEndpoint" in STACKS["closed"].resources
    assert "CacheEndpoint" not in STACKS["restic"].resources
    statements = STACKS["closed"].properties("S3GatewayEndpoint")["PolicyDocument"]["Statement"]
    led_to = [one["Resource"] for one in statements if one["Sid"] == "TakeExports"]
    assert led_to == [[f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]]


@pytest.mark.parametrize(
    "check",
    [
        limits.check_names_and_descriptions_fit,
        limits.check_policies_of_a_role_fit,
        limits.check_environments_fit,
    ],
)
def test_what_aws_limits_is_kept(check, monkeypatch):
    monkeypatch.setattr(limits, "stacks", lambda _: list(STACKS.values()))
    template = source() | {"Parameters": source()["Parameters"] | {}}
    template["Parameters"]["AfterRestore"] = template["Parameters"]["AfterRestore"] | {"MaxLength": 1200}
    assert check(template) == []
