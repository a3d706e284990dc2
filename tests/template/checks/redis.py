"""Redis beside the database: the roles may do the same for it, and all that runs is told of it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from tests.template.checks.contract import enrols
from tests.template.checks.environments import environment
from tests.template.support.loading import Template
from tests.template.support.policies import listed, statements
from tests.template.support.stacks import (
    REDIS,
    REDIS_RESTORER,
    Resource,
    Stack,
    every_stack,
    stacks,
    stacks_with_redis,
)

_ADDED = {
    *("RedisDumpNightly", "RedisDrillWeekly", "NoRedisBackupAlarm"),
    *("RedisBackupAgeAlarm", "RedisProofAgeAlarm", "RedisRecoveryTimeAlarm"),
}


def check_there_is_of_redis_what_it_needs_and_nothing_without_it(source: Template) -> list[str]:
    """With it nothing of the database's is gone; without it nothing names it."""
    return [
        f"{before.variant}: {problem}" for before, after in _both(source) for problem in _odd(before, after)
    ]


def _both(source: Template) -> Iterator[tuple[Stack, Stack]]:
    return zip(stacks(source), stacks_with_redis(source), strict=True)


def _odd(before: Stack, after: Stack) -> Iterator[str]:
    added = set(after.resources) ^ set(before.resources)
    if added != _added(after) or not added <= set(after.resources):
        yield f"with Redis there are, or are not, {sorted(added)}"
    text = json.dumps([[one.id, one.properties] for one in before.resources.values()]).lower()
    if "redis" in text.replace("redis_server", "") or any("Redis" in name for name in before.outputs):
        yield "without Redis something names it"


def _added(stack: Stack) -> set[str]:
    restic = (
        {"RedisReclaimWeekly", "RedisVaultPasswordFits"}
        if stack.parameters["VaultKind"] == "restic"
        else set()
    )
    enrolled = {"RedisEscrowEnrolment"} if enrols(stack) else set()
    return _ADDED | restic | enrolled | ({"RedisFromDump"} if _is_in_the_vpc(stack) else set())


def _is_in_the_vpc(stack: Stack) -> bool:
    return bool(stack.parameters["DatabaseSubnetIds"] != [""])


def check_roles_may_do_for_redis_what_they_may_for_the_database(source: Template) -> list[str]:
    """Piece by piece, neither more nor less; but for second copies, which are the database's alone."""
    return [
        f"{before.variant}: {role.id} may, or may not, {piece}"
        for before, after in _both(source)
        for role in before.of("AWS::IAM::Role")
        for piece in sorted(_unlike(role, after.resources[role.id]))
    ]


def _unlike(before: Resource, after: Resource) -> set[str]:
    pieces = set(_pieces_of(before))
    twins = {_twin(piece) for piece in pieces if not (before.id.startswith("Copy") and "-catalog" in piece)}
    return (pieces | twins) ^ set(_pieces_of(after))


def _twin(text: str) -> str:
    return text.replace("scims-db", "scims-redis").replace(":administrator-", ":redis-administrator-")


def _pieces_of(role: Resource) -> Iterator[str]:
    """What a role may, in pieces: one action, one resource, one value of each condition."""
    for statement in statements(role):
        asked = [
            [(operator, key, value) for value in listed(values)]
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        ]
        for action, resource in product(listed(statement["Action"]), listed(statement["Resource"])):
            for conditions in product(*asked):
                yield json.dumps([statement["Effect"], action, resource, conditions])


def check_all_that_runs_knows_both_sources(source: Template) -> list[str]:
    """Every function is told both names, and who works with the server which one it is."""
    return [
        f"{before.variant}: {problem}"
        for before, after in _both(source)
        for problem in _untold(before, after)
    ]


def _untold(before: Stack, after: Stack) -> Iterator[str]:
    for one in after.of("AWS::Lambda::Function"):
        was, found = (environment(stack, one.id) for stack in (before, after))
        server = {"SCIMS_REDIS_SERVER": "redis:7"} if "SCIMS_POSTGRESQL_MAJOR" in was else {}
        expected = was | {"SCIMS_SOURCES": "scims-db,scims-redis"} | server
        differing = {name for name in {*found, *expected} if found.get(name) != expected.get(name)}
        if differing - {"SCIMS_SETTINGS"}:
            yield f"{one.id} has other {sorted(differing)}"
    for one in after.of("AWS::ECS::TaskDefinition"):
        server_of_task = environment(after, one.id).get("SCIMS_REDIS_SERVER", "")
        if server_of_task != ("" if one.id.startswith("Copy") else "redis:7"):
            yield f"{one.id} has the server {server_of_task!r}"


def check_settings_have_redis_beside_the_database(source: Template) -> list[str]:
    """Of the database they say what they said without it, and of Redis what both share."""
    problems = []
    for before, after in _both(source):
        was, found = _sources(before), _sources(after)
        if found != {**was, "scims-redis": _settings_of_redis(was["scims-db"])}:
            problems.append(f"{before.variant}: the settings say {found}")
    return problems


def _sources(stack: Stack) -> dict[str, Any]:
    try:
        found: dict[str, Any] = tomllib.loads(environment(stack, "DumpFunction")["SCIMS_SETTINGS"])["sources"]
    except tomllib.TOMLDecodeError as error:
        return {"scims-db": {"vault": str(error)}}
    return found


_SHARED = ("vault_secret", "escrow_secret", "encryption_key", "object_lock", "longest_run_hours")


def _settings_of_redis(of_database: Mapping[str, Any]) -> dict[str, Any]:
    restores = {"restore_secret": f"aws:{REDIS_RESTORER}"} if "restore_secret" in of_database else {}
    return {
        "engine": "redis",
        "secret": f"aws:{REDIS['RedisSecretArn']}",
        "vault": _twin(of_database["vault"]),
        "retention": {"daily": 7, "time_zone": "UTC"},
        "objectives": {"rpo_hours": 26, "proof_age_days": 8, "rto_minutes": 60},
        **{name: of_database[name] for name in _SHARED if name in of_database},
        **restores,
    }


def check_the_dump_is_let_into_redis_at_its_port_alone(source: Template) -> list[str]:
    """Where it is in the VPC and the server's group was named."""
    wanted = {
        "Description": "The dump function",
        "GroupId": "sg-7",
        "IpProtocol": "tcp",
        "FromPort": "6380",
        "ToPort": "6380",
        "SourceSecurityGroupId": "sg-1",
    }
    return [
        f"{stack.variant}: into Redis is let {found}"
        for stack in every_stack(source)
        if (found := stack.properties("RedisFromDump"))
        != (wanted if stack.parameters["RedisSecurityGroupId"] and _is_in_the_vpc(stack) else {})
    ]
