"""A cache of ElastiCache in a stack: ordered by night, collected by ticks and events, drilled on Sunday."""

import pytest

from localcloud.deployment import REDIS, Deployment


@pytest.fixture(scope="module")
def cached(cloud) -> Deployment:
    """A stack that backs a cache up."""
    return Deployment.with_cache(cloud, "cached", VaultKind="s3", PlainVaultWithoutKey="accept")


@pytest.fixture
def stack(cached):
    cached.forget_conditions()
    cached.new_mails()
    yield cached
    cached.cloud.elasticache.snapshots.clear()
    cached.cloud.settle()


def left(stack):
    """Return what there is in the export bucket, and of snapshots."""
    bucket = stack.outputs["ExportBucket"]
    found = stack.cloud.client("s3").list_objects_v2(Bucket=bucket).get("Contents", ())
    return [one["Key"] for one in found], list(stack.cloud.elasticache.snapshots)


def outcomes(stack):
    """Return what the dump answered, oldest first."""
    return [call.answer["outcome"] for call in stack.cloud.function_calls()["cached-dump"].ended]


def advance(stack):
    stack.cloud.elasticache.advance()
    stack.cloud.settle()


def test_a_night_orders_ticks_collect_and_a_sunday_proves_without_a_mail(stack):
    stamp = stack.fire("redis-dump")
    assert outcomes(stack)[-1] == "already ordered"
    assert stack.backups(REDIS) == []
    advance(stack)
    stack.fire("redis-collect")  # has it exported
    assert left(stack)[1] != []
    advance(stack)  # the bucket's event collects, if ElastiCache is done by then
    stack.fire("redis-collect")
    assert stack.backups(REDIS) == [stamp]
    assert left(stack) == ([], [])
    stack.fire("redis-collect")
    assert outcomes(stack)[-1] == "nothing awaited"
    drill = stack.fire("redis-drill")
    assert stack.verdicts(drill, REDIS) == ["passed"]
    assert stack.report(drill, REDIS)["compared"]["keys"] > 4000
    assert stack.new_mails() == []


def test_an_export_that_is_refused_is_one_mail_however_many_ticks_follow(stack):
    stack.fire("redis-dump")
    advance(stack)
    snapshots = stack.cloud.elasticache.snapshots
    next(iter(snapshots.values())).status = "failed"
    for _ in range(3):
        stack.fire("redis-collect")
    (mail,) = stack.new_mails()
    assert "scims-redis" in mail.subject
    assert left(stack) == ([], [])


def test_every_request_that_was_made_is_allowed_to_who_made_it(stack):
    cloud = stack.cloud
    asked = cloud.rights.requests(cloud.world())
    (of_dump,) = (found for name, found in asked.items() if name.startswith("cached-DumpRole"))
    assert {"elasticache:CreateSnapshot", "elasticache:CopySnapshot", "s3:ListAllMyBuckets"} <= {
        one.action for one in of_dump
    }
    assert [one for one in cloud.rights.missing(cloud.policies(), cloud.world()) if "cached" in one] == []
