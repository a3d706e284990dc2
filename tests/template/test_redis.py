"""A stack that backs up Redis too: what it may and does for the database it does for Redis, and no more."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest

from tests.template.acts.everything import wrong
from tests.template.acts.here import Here
from tests.template.checks import limits
from tests.template.checks.environments import environment
from tests.template.checks.waking import NOW, created, function_arn, rule_called
from tests.template.support.loading import REGION, ROOT, source, transformed
from tests.template.support.patterns import takes
from tests.template.support.policies import statements
from tests.template.support.stacks import (
    ACCOUNT,
    REDIS,
    STACK,
    VARIANTS,
    Resource,
    Stack,
    stack_of,
)

TEMPLATE = transformed(source())
RESTORER = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:redis-administrator-AbCdEf"
PLACE = {"RedisSecurityGroupId": "sg-7", "RedisPort": "6380"}
LONGEST_SQL = 1200
"""Of AfterRestore beside Redis: a function's variables have 4 kB in all. docs/redis.md says so."""


def _told(variant: str) -> dict[str, str]:
    given = {**VARIANTS[variant], **REDIS, **PLACE}
    return given | ({"RedisRestoreSecretArn": RESTORER} if "RestoreSecretArn" in given else {})


BEFORE = {name: stack_of(TEMPLATE, name, given) for name, given in VARIANTS.items()}
AFTER = {name: stack_of(TEMPLATE, name, _told(name)) for name in VARIANTS}
ALL = pytest.mark.parametrize("variant", VARIANTS)


def _twin(text: str) -> str:
    return text.replace("scims-db", "scims-redis").replace(":administrator-", ":redis-administrator-")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _atoms(role: Resource) -> set[str]:
    """What a role may, in pieces: one action, one resource, one value of each condition."""
    return {atom for statement in statements(role) for atom in _pieces(statement)}


def _pieces(statement: Mapping[str, Any]) -> Iterator[str]:
    asked = [
        [(operator, key, value) for value in _listed(values)]
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    ]
    for action, resource in product(_listed(statement["Action"]), _listed(statement["Resource"])):
        for conditions in product(*asked):
            yield json.dumps([statement["Effect"], action, resource, conditions])


_ADDED = {
    "RedisDumpNightly",
    "RedisDrillWeekly",
    "NoRedisBackupAlarm",
    "RedisReclaimWeekly",
    "RedisEscrowEnrolment",
    "RedisVaultPasswordFits",
    "RedisFromDump",
}


def _added(variant: str) -> set[str]:
    restic = VARIANTS[variant].get("VaultKind") != "s3"
    absent = set() if "DatabaseSubnetIds" in VARIANTS[variant] else {"RedisFromDump"}
    of_restic = {"RedisReclaimWeekly", "RedisEscrowEnrolment", "RedisVaultPasswordFits"}
    return _ADDED - absent - (set() if restic else of_restic)


@ALL
def test_without_the_secret_of_redis_there_is_nothing_of_it(variant):
    assert "redis" not in json.dumps(
        [[one.id, one.properties] for one in BEFORE[variant].resources.values()]
    ).lower().replace("redis_server", "")
    assert not any("Redis" in name for name in BEFORE[variant].outputs)


@ALL
def test_with_it_there_is_what_it_needs_and_nothing_is_gone(variant):
    assert set(AFTER[variant].resources) - set(BEFORE[variant].resources) == _added(variant)
    assert set(BEFORE[variant].resources) <= set(AFTER[variant].resources)


@ALL
def test_a_role_may_for_redis_what_it_may_for_the_database(variant):
    for role in BEFORE[variant].of("AWS::IAM::Role"):
        before, after = _atoms(role), _atoms(AFTER[variant].resources[role.id])
        expected = before | {_twin(atom) for atom in before if not _is_of_copies(role, atom)}
        assert after == expected, role.id


def _is_of_copies(role: Resource, atom: str) -> bool:
    """Second copies are the database's alone: what a copier may in the catalog stays as it is."""
    return role.id.startswith("Copy") and "-catalog" in atom


@ALL
def test_what_is_forbidden_stays_so_and_what_is_needed_too(variant):
    assert list(wrong(Here(AFTER[variant]))) == []


def _schedules(stack: Stack) -> dict[str, tuple[str, str, str]]:
    found = {}
    for one in stack.of("AWS::Scheduler::Schedule"):
        target = one.properties["Target"]
        name = one.properties["Name"].removeprefix(f"{STACK}-")
        found[name] = (one.properties["ScheduleExpression"], target["Arn"], target["Input"])
    return found


@ALL
def test_redis_is_dumped_at_two_and_drilled_on_sundays_at_three(variant):
    before, after = _schedules(BEFORE[variant]), _schedules(AFTER[variant])
    dump, drill = f'{{"source": "scims-redis", "scheduled": "{NOW}"}}', "drill-orchestrate"
    drilled = f'{{"action": "drill", "source": "scims-redis", "scheduled": "{NOW}"}}'
    expected = {
        "redis-dump": ("cron(0 2 * * ? *)", function_arn("dump"), dump),
        "redis-drill": ("cron(0 3 ? * SUN *)", function_arn(drill), drilled),
    }
    if "reclaim" in before:
        reclaimed = '{"action": "reclaim", "source": "scims-redis"}'
        expected["redis-reclaim"] = ("cron(0 12 ? * SUN *)", function_arn("prune"), reclaimed)
    assert after == before | expected


@pytest.mark.parametrize("name", ["dump", "drill", "reclaim"])
def test_a_schedule_of_redis_sends_what_its_golden_event_holds(name):
    golden = json.loads((ROOT / f"events/{name}-schedule-redis.json").read_text())
    sent = json.loads(_schedules(AFTER["restic"])[f"redis-{name}"][2])
    assert sent | {"scheduled": NOW} == golden | {"scheduled": NOW}
    assert ("scheduled" in sent) == ("scheduled" in golden)


@ALL
@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ("manifest-stored", "manifests/{}/20261122T020000Z.json"),
        ("report-stored", "drills/{}/20261122T020000Z/20261122T030000Z/report.json"),
    ],
)
def test_an_object_of_redis_wakes_as_the_databases_does_and_no_others(variant, rule, key):
    stack = AFTER[variant]
    bucket = stack.outputs["CatalogBucket"]
    found = rule_called(stack, rule)
    assert found is not None
    taken = [
        name
        for name in ("scims-db", "scims-redis", "scims-redis-2", "scims", "other")
        if takes(found.properties["EventPattern"], created(key.format(name), bucket))
    ]
    assert taken == ["scims-db", "scims-redis"]


@ALL
def test_the_settings_have_redis_beside_the_database_and_are_read_as_meant(variant):
    text = environment(AFTER[variant], "DumpFunction")["SCIMS_SETTINGS"]
    sources = tomllib.loads(text)["sources"]
    before = tomllib.loads(environment(BEFORE[variant], "DumpFunction")["SCIMS_SETTINGS"])["sources"]
    assert {"scims-db": sources["scims-db"]} == before
    assert sources["scims-redis"] == _settings(before["scims-db"])


def _settings(of_database: Mapping[str, Any]) -> dict[str, Any]:
    shared = ("vault_secret", "escrow_secret", "encryption_key", "object_lock", "longest_run_hours")
    objectives = {"rpo_hours": 26, "proof_age_days": 8, "rto_minutes": 60}
    restores = {"restore_secret": f"aws:{RESTORER}"} if "restore_secret" in of_database else {}
    return {
        "engine": "redis",
        "secret": f"aws:{REDIS['RedisSecretArn']}",
        "vault": _twin(of_database["vault"]),
        "retention": {"daily": 7, "time_zone": "UTC"},
        "objectives": objectives,
        **{name: of_database[name] for name in shared if name in of_database},
        **restores,
    }


@ALL
def test_every_function_and_task_knows_both_sources_and_those_with_an_image_the_server(variant):
    for one in AFTER[variant].of("AWS::Lambda::Function"):
        before, after = (environment(stacks[variant], one.id) for stacks in (BEFORE, AFTER))
        after.pop("SCIMS_SETTINGS", None), before.pop("SCIMS_SETTINGS", None)
        server = {"SCIMS_REDIS_SERVER": "redis:7"} if "SCIMS_POSTGRESQL_MAJOR" in before else {}
        assert after == before | {"SCIMS_SOURCES": "scims-db,scims-redis"} | server
    for one in AFTER[variant].of("AWS::ECS::TaskDefinition"):
        found = environment(AFTER[variant], one.id)
        assert found.get("SCIMS_REDIS_SERVER", "") == ("" if "Copy" in one.id else "redis:7")


@ALL
def test_the_dead_mans_switch_of_redis_counts_its_own_backups(variant):
    first, second = (AFTER[variant].properties(name) for name in ("NoBackupAlarm", "NoRedisBackupAlarm"))
    named = {**first, "AlarmName": f"{STACK}-redis-no-backup"}
    expected = json.loads(json.dumps(named).replace("scims-db", "scims-redis"))
    assert second == expected


def test_the_dump_is_let_into_redis_at_its_port_alone():
    assert AFTER["closed"].properties("RedisFromDump") == {
        "Description": "The dump function",
        "GroupId": "sg-7",
        "IpProtocol": "tcp",
        "FromPort": "6380",
        "ToPort": "6380",
        "SourceSecurityGroupId": "sg-1",
    }


def test_an_endpoint_that_is_restricted_lets_the_secrets_of_redis_through():
    before, after = (
        stacks["closed"].properties("SecretsEndpoint")["PolicyDocument"]["Statement"][0]["Resource"]
        for stacks in (BEFORE, AFTER)
    )
    assert set(after) == {*before, REDIS["RedisSecretArn"], RESTORER}


def test_redis_alone_may_be_restored():
    given = {**REDIS, "RedisRestoreSecretArn": RESTORER}
    stack = stack_of(TEMPLATE, "restores of Redis", given)
    sources = tomllib.loads(environment(stack, "RestoreFunction")["SCIMS_SETTINGS"])["sources"]
    assert "restore_secret" not in sources["scims-db"]
    assert sources["scims-redis"]["restore_secret"] == f"aws:{RESTORER}"
    read = [one for one in statements(stack.resources["RestoreRole"]) if one["Sid"] == "ReadRestoreSecret"]
    assert [one["Resource"] for one in read] == [[RESTORER]]


def test_address_schedule_and_retention_are_the_operators_to_choose():
    url = "rediss://scims_backup@redis.example.org:6379"
    chosen = {"RedisUrl": url, "RedisDumpSchedule": "rate(6 hours)", "RedisDailyBackups": "3"}
    stack = stack_of(TEMPLATE, "chosen", {**REDIS, **chosen, "RedisSourceName": "cache.eu"})
    settings = tomllib.loads(environment(stack, "DumpFunction")["SCIMS_SETTINGS"])["sources"]["cache.eu"]
    assert (settings["url"], settings["retention"]["daily"]) == (url, 3)
    when, _, what = _schedules(stack)["redis-dump"]
    assert (when, json.loads(what)["source"]) == ("rate(6 hours)", "cache.eu")


@pytest.mark.parametrize(
    "check",
    [
        limits.check_names_and_descriptions_fit,
        limits.check_policies_of_a_role_fit,
        limits.check_environments_fit,
    ],
)
def test_what_aws_limits_is_kept_with_redis_too(check, monkeypatch):
    monkeypatch.setattr(limits, "stacks", lambda _: list(AFTER.values()))
    template = copy.deepcopy(source())
    template["Parameters"]["AfterRestore"]["MaxLength"] = LONGEST_SQL
    assert check(template) == []
