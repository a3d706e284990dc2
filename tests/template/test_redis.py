"""A stack that backs up Redis too: what nobody may do, what schedules send, and what an operator chooses."""

from __future__ import annotations

import json
import tomllib

import pytest

from tests.template.acts.everything import wrong
from tests.template.acts.here import Here
from tests.template.checks.environments import environment
from tests.template.checks.waking import NOW
from tests.template.support.loading import ROOT, source, transformed
from tests.template.support.policies import statements
from tests.template.support.stacks import (
    REDIS,
    REDIS_RESTORER,
    STACK,
    VARIANTS,
    Stack,
    stack_of,
    stacks_with_redis,
)

TEMPLATE = transformed(source())
STACKS = {stack.variant: stack for stack in stacks_with_redis(source())}


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_forbidden_stays_so_and_what_is_needed_too(variant):
    assert list(wrong(Here(STACKS[variant]))) == []


def _schedules(stack: Stack) -> dict[str, tuple[str, str, str]]:
    found = {}
    for one in stack.of("AWS::Scheduler::Schedule"):
        target = one.properties["Target"]
        name = one.properties["Name"].removeprefix(f"{STACK}-")
        found[name] = (one.properties["ScheduleExpression"], target["Arn"], target["Input"])
    return found


@pytest.mark.parametrize("name", ["dump", "drill", "reclaim"])
def test_a_schedule_of_redis_sends_what_its_golden_event_holds(name):
    golden = json.loads((ROOT / f"events/{name}-schedule-redis.json").read_text())
    sent = json.loads(_schedules(STACKS["restic"])[f"redis-{name}"][2])
    assert sent | {"scheduled": NOW} == golden | {"scheduled": NOW}
    assert ("scheduled" in sent) == ("scheduled" in golden)


def test_redis_alone_may_be_restored():
    given = {**REDIS, "RedisRestoreSecretArn": REDIS_RESTORER}
    stack = stack_of(TEMPLATE, "restores of Redis", given)
    sources = tomllib.loads(environment(stack, "RestoreFunction")["SCIMS_SETTINGS"])["sources"]
    assert "restore_secret" not in sources["scims-db"]
    assert sources["scims-redis"]["restore_secret"] == f"aws:{REDIS_RESTORER}"
    read = [one for one in statements(stack.resources["RestoreRole"]) if one["Sid"] == "ReadRestoreSecret"]
    assert [one["Resource"] for one in read] == [[REDIS_RESTORER]]


def test_address_schedule_and_retention_are_the_operators_to_choose():
    url = "rediss://scims_backup@redis.example.org:6379"
    chosen = {"RedisUrl": url, "RedisDumpSchedule": "rate(6 hours)", "RedisDailyBackups": "3"}
    stack = stack_of(TEMPLATE, "chosen", {**REDIS, **chosen, "RedisSourceName": "cache.eu"})
    settings = tomllib.loads(environment(stack, "DumpFunction")["SCIMS_SETTINGS"])["sources"]["cache.eu"]
    assert (settings["url"], settings["retention"]["daily"]) == (url, 3)
    when, _, what = _schedules(stack)["redis-dump"]
    assert (when, json.loads(what)["source"]) == ("rate(6 hours)", "cache.eu")
