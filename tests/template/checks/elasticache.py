"""A cache of ElastiCache beside the database: its exports, and who may do what for them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.template.checks.environments import environment
from tests.template.checks.storage import bucket_policy
from tests.template.checks.waking import function_arn, rule_called
from tests.template.support.loading import REGION, Template
from tests.template.support.policies import listed, may
from tests.template.support.stacks import ACCOUNT, STACK, Stack, stacks, stacks_with_cache

BUCKET = f"{STACK}-exportbucket"
_EXPORTS = f"arn:aws:s3:::{BUCKET}"
_OURS = "scims-backup-scims-redis-1f2e3d4c-20261122t020000z"
_PARTS = {
    *("CollectExport", "ExportStored", "ExportStoredWakes", "SnapshotMade", "SnapshotMadeWakes"),
    *("ExportBucket", "ExportBucketPolicy"),
}


def check_there_is_of_a_cache_what_it_needs_and_nothing_without_it(source: Template) -> list[str]:
    """Its parts and its settings, with an address and no secret; without a cache nothing names it."""
    problems = [
        f"{stack.variant}: of a cache there are not {sorted(missing)}"
        for stack in stacks_with_cache(source)
        if (missing := _PARTS - set(stack.resources))
    ]
    problems += [
        f"{stack.variant}: the settings do not say where the exports are, or name a secret"
        for stack in stacks_with_cache(source)
        if not _says_where(environment(stack, "DumpFunction").get("SCIMS_SETTINGS", ""))
    ]
    for stack in stacks(source):
        text = json.dumps([[one.id, one.properties] for one in stack.resources.values()])
        text = text.replace("OTEL_EXPORTER", "").lower()
        problems += [f"{stack.variant}: something is about {word}" for word in _WORDS if word in text]
    return problems


_WORDS = ("elasticache", "collect", "export")


def _says_where(settings: str) -> bool:
    of_cache = settings.partition('[sources."scims-redis"]')[2].partition("[sources.")[0]
    return f'url = "elasticache://sessions?bucket={BUCKET}"' in of_cache and "\nsecret" not in of_cache


def check_news_of_an_export_has_it_collected(source: Template) -> list[str]:
    """Each rule sends what the schedule sends, for the one source."""
    collect = {"action": "collect", "source": "scims-redis"}
    problems = []
    for stack in stacks_with_cache(source):
        for name in ("export-stored", "snapshot-made"):
            rule = rule_called(stack, name)
            told = [
                (one["Arn"], json.loads(one.get("Input", "{}")))
                for one in (rule.properties["Targets"] if rule else [])
            ]
            if told != [(function_arn("dump"), collect)]:
                problems.append(f"{stack.variant}: {name} sends {told}")
    return problems


def cache_arn(kind: str, name: str) -> str:
    """The ARN of a cache of a kind, or of a snapshot."""
    return f"arn:aws:elasticache:{REGION}:{ACCOUNT}:{kind}:{name}"


MAY = [
    ("elasticache:CreateSnapshot", cache_arn("replicationgroup", "sessions")),
    ("elasticache:CreateSnapshot", cache_arn("cluster", "sessions")),
    ("elasticache:CreateSnapshot", cache_arn("snapshot", _OURS)),
    ("elasticache:CreateServerlessCacheSnapshot", cache_arn("serverlesscache", "sessions")),
    ("elasticache:CreateServerlessCacheSnapshot", cache_arn("serverlesscachesnapshot", _OURS)),
    ("elasticache:CopySnapshot", cache_arn("snapshot", _OURS)),
    ("elasticache:DeleteSnapshot", cache_arn("snapshot", _OURS)),
    ("elasticache:ExportServerlessCacheSnapshot", cache_arn("serverlesscachesnapshot", _OURS)),
    ("elasticache:DeleteServerlessCacheSnapshot", cache_arn("serverlesscachesnapshot", _OURS)),
    ("elasticache:DescribeSnapshots", "*"),
    ("elasticache:DescribeReplicationGroups", "*"),
    ("elasticache:DescribeCacheClusters", "*"),
    ("elasticache:DescribeServerlessCaches", "*"),
    ("elasticache:DescribeServerlessCacheSnapshots", "*"),
    ("s3:ListAllMyBuckets", "*"),
    ("s3:ListBucket", _EXPORTS),
    ("s3:GetBucketLocation", _EXPORTS),
    ("s3:GetBucketAcl", _EXPORTS),
    *((f"s3:{act}Object", f"{_EXPORTS}/{_OURS}-0001.rdb") for act in ("Get", "Put", "Delete")),
]
"""What an export of the cache needs."""
MAY_NOT = [
    ("elasticache:CreateSnapshot", cache_arn("replicationgroup", "another")),
    ("elasticache:CopySnapshot", cache_arn("snapshot", "automatic.sessions-2026-11-22-05-00")),
    ("elasticache:DeleteSnapshot", cache_arn("snapshot", "nightly")),
    ("elasticache:DeleteServerlessCacheSnapshot", cache_arn("serverlesscachesnapshot", "nightly")),
    ("elasticache:DeleteReplicationGroup", cache_arn("replicationgroup", "sessions")),
    ("elasticache:CreateReplicationGroup", cache_arn("snapshot", _OURS)),
    ("elasticache:Connect", cache_arn("replicationgroup", "sessions")),
    ("s3:GetObject", f"{_EXPORTS}/another-0001.rdb"),
    ("s3:DeleteObject", f"{_EXPORTS}/another-0001.rdb"),
    ("s3:PutBucketPolicy", _EXPORTS),
]


_EXPORTERS = {"DumpRole", "DumpTaskRole"}


def check_the_dump_alone_exports_the_cache(source: Template) -> list[str]:
    """Its function and its task may do what an export needs, with the one cache; no other role may."""
    return [
        f"{stack.variant}: {role.id} may {action} {on}, or may not"
        for stack in stacks_with_cache(source)
        for role in stack.of("AWS::IAM::Role")
        for action, on in (*MAY, *MAY_NOT)
        if may(role, action, on) != (role.id in _EXPORTERS and (action, on) in MAY)
    ]


def check_elasticache_may_write_exports_and_remove_none(source: Template) -> list[str]:
    """By the bucket's policy: AWS's own service of this region, and as AWS documents it."""
    return [problem for stack in stacks_with_cache(source) for problem in _kept_out(stack)]


def _kept_out(stack: Stack) -> Iterator[str]:
    service = {"Service": f"{REGION}.elasticache-snapshot.amazonaws.com"}
    allowed = [one for one in bucket_policy(stack, "ExportBucket") if one["Effect"] == "Allow"]
    if [one["Principal"] for one in allowed] != [service]:
        yield f"{stack.variant}: into the bucket of exports are let {[one['Principal'] for one in allowed]}"
    actions = {action for one in allowed for action in listed(one["Action"])}
    if actions != _AS_AWS_DOCUMENTS:
        yield f"{stack.variant}: there ElastiCache may {sorted(actions)}"


_AS_AWS_DOCUMENTS = {
    *("s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:GetBucketAcl"),
    *("s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads"),
}


def check_an_export_that_was_left_behind_goes_after_three_days(source: Template) -> list[str]:
    """A run that died has not taken it; the next one makes its own."""
    return [
        f"{stack.variant}: exports that were left behind go after {days} days"
        for stack in stacks_with_cache(source)
        if (days := _days(stack)) != [3]
    ]


def _days(stack: Stack) -> list[int | None]:
    rules = stack.properties("ExportBucket").get("LifecycleConfiguration", {}).get("Rules", [])
    return [rule.get("ExpirationInDays") for rule in rules]
