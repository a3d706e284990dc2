"""A stack that backs up a cache of ElastiCache too: what nobody may do, and caches that are serverless."""

from __future__ import annotations

import tomllib

import pytest

from tests.template.acts.everything import wrong
from tests.template.acts.here import Here
from tests.template.checks.elasticache import BUCKET, cache_arn
from tests.template.checks.environments import environment
from tests.template.support.loading import source, transformed
from tests.template.support.policies import may
from tests.template.support.stacks import CACHE, VARIANTS, stack_of, stacks_with_cache

SERVERLESS = {**CACHE, "RedisElastiCache": "serverless/sessions"}
STACKS = {stack.variant: stack for stack in stacks_with_cache(source())}


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_forbidden_stays_so_and_what_is_needed_too(variant):
    assert list(wrong(Here(STACKS[variant]))) == []


def test_of_a_serverless_cache_the_role_names_the_cache_itself():
    stack = stack_of(transformed(source()), "serverless", SERVERLESS)
    role = stack.resources["DumpRole"]
    action = "elasticache:CreateServerlessCacheSnapshot"
    assert may(role, action, cache_arn("serverlesscache", "sessions"))
    assert not may(role, action, cache_arn("serverlesscache", "serverless/sessions"))
    settings = tomllib.loads(environment(stack, "DumpFunction")["SCIMS_SETTINGS"])
    assert settings["sources"]["scims-redis"]["url"] == f"elasticache://serverless/sessions?bucket={BUCKET}"
