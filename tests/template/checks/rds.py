"""Drills in RDS: what is there for them, who may do what, and 5432 from the task to its server alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.template.checks.contract import drills_in_rds
from tests.template.support.loading import REGION, Template
from tests.template.support.policies import may
from tests.template.support.rds_requests import FORBIDDEN, NEEDED, READ_PASSWORD, RdsRequest
from tests.template.support.stacks import ACCOUNT, STACK, Resource, Stack, stack_told, stacks

_PARTS = {
    *("RdsSandboxSubnets", "RdsSandboxSecurityGroup", "RdsSandboxFromDrill", "DrillToRdsSandbox"),
    *("RdsSandboxChanged", "RdsSandboxChangedWakes"),
}


def check_there_is_of_rds_what_drills_need_and_nothing_without_them(source: Template) -> list[str]:
    """Its parts, its subnets as they were given; without such drills none of it."""
    problems = []
    for stack in stacks(source):
        wanted = _PARTS if drills_in_rds(stack) else set[str]()
        if (found := {name for name in stack.resources if "Rds" in name}) != wanted:
            problems.append(f"{stack.variant}: of RDS there are {sorted(found)}")
        subnets = stack.parameters["RdsSandboxSubnetIds"]
        if drills_in_rds(stack) and stack.properties("RdsSandboxSubnets").get("SubnetIds") != subnets:
            problems.append(f"{stack.variant}: servers are not in the subnets that were given")
    return problems


def check_the_orchestrator_alone_makes_and_deletes_servers(source: Template) -> list[str]:
    """Those of drills, of its own stack; the task reads the password, and no other role does anything."""
    return [problem for stack in stacks(source) for problem in _unruly(stack)]


def _unruly(stack: Stack) -> Iterator[str]:
    for role in stack.of("AWS::IAM::Role"):
        for request in (*NEEDED, *FORBIDDEN):
            if may(role, *request[1:]) != (drills_in_rds(stack) and _is_due(role, request)):
                yield f"{stack.variant}: {role.id} may {request.what}, or may not"


def _is_due(role: Resource, request: RdsRequest) -> bool:
    if role.id == "DrillTaskRole":
        return request == READ_PASSWORD
    return role.id == "DrillOrchestrateRole" and request in NEEDED


def check_without_a_parameter_group_servers_use_those_of_rds(source: Template) -> list[str]:
    """Whatever their major version, and no other."""
    given = {"SandboxKind": "rds", "RdsSandboxSubnetIds": "subnet-3,subnet-4"}
    stack = stack_told(source, given)
    tagged = {"aws:RequestTag/scims:stack": STACK}
    return [
        f"servers may use the parameter group {name}, or may not"
        for name, expected in (("default.postgres17", True), ("production-15", False))
        if may(
            stack.resources["DrillOrchestrateRole"],
            "rds:CreateDBInstance",
            f"arn:aws:rds:{REGION}:{ACCOUNT}:pg:{name}",
            tagged,
        )
        != expected
    ]


_TASK, _SERVER = "DrillSecurityGroup.GroupId", "RdsSandboxSecurityGroup.GroupId"
_PORT = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
_BETWEEN = {
    "AWS::EC2::SecurityGroupIngress": {**_PORT, "GroupId": _SERVER, "SourceSecurityGroupId": _TASK},
    "AWS::EC2::SecurityGroupEgress": {**_PORT, "GroupId": _TASK, "DestinationSecurityGroupId": _SERVER},
}
_NOWHERE = {"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}


def check_between_task_and_server_is_5432_and_nothing_else(source: Template) -> list[str]:
    """Out of the task, into the server; the server has no other way in, and none out."""
    return [problem for stack in stacks(source) for problem in _open(stack)]


def _open(stack: Stack) -> Iterator[str]:
    for kind, between in _BETWEEN.items():
        rules = [_plain(rule.properties) for rule in stack.of(kind)]
        about = [rule for rule in rules if _is_about(rule)]
        if about != ([between] if drills_in_rds(stack) else []):
            yield f"{stack.variant}: between a drill's task and its server are {about}"
    group = stack.properties("RdsSandboxSecurityGroup")
    if not drills_in_rds(stack):
        return
    out = [_plain(rule) for rule in group.get("SecurityGroupEgress", [])]
    if group.get("SecurityGroupIngress") or out != [_NOWHERE]:
        yield f"{stack.variant}: the servers' group lets in or out more than the task"
    if group.get("VpcId") != stack.parameters["VpcId"]:
        yield f"{stack.variant}: the servers' group is in another VPC"


def _plain(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if name != "Description"}


def _is_about(rule: Mapping[str, Any]) -> bool:
    """Say whether a rule changes what the servers' group lets through, or lets the task out."""
    is_egress_of_task = rule["GroupId"] == _TASK and "SourceSecurityGroupId" not in rule
    return _SERVER in rule.values() or is_egress_of_task
