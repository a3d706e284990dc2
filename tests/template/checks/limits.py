"""What AWS has a limit for, and tells of half-way through a deployment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from tests.template.checks.contract import sources
from tests.template.support.loading import Template
from tests.template.support.stacks import STACK, Resource, Stack, every_stack

LONGEST_STACK_NAME = 46
"""docs/deploy.md says so: the longest name of a function is the stack's and 18 letters more, of 64."""
LONGEST_SQL_BESIDE_REDIS = 1200
"""Of AfterRestore: a function's variables have 4 kB in all. docs/redis.md says so."""
_NAMES: Mapping[str, tuple[str, int]] = {
    "AWS::Lambda::Function": ("FunctionName", 64),
    "AWS::Events::Rule": ("Name", 64),
    "AWS::Scheduler::Schedule": ("Name", 64),
    "AWS::SQS::Queue": ("QueueName", 80),
    "AWS::SNS::Topic": ("TopicName", 256),
    "AWS::Lambda::LayerVersion": ("LayerName", 64),
    "AWS::ECS::Cluster": ("ClusterName", 255),
    "AWS::EC2::SecurityGroup": ("GroupName", 255),
}
_DESCRIPTIONS: Mapping[str, tuple[str, int]] = {
    "AWS::Lambda::Function": ("Description", 256),
    "AWS::Lambda::LayerVersion": ("Description", 256),
    "AWS::Events::Rule": ("Description", 512),
    "AWS::Scheduler::Schedule": ("Description", 512),
    "AWS::SecretsManager::Secret": ("Description", 2048),
    "AWS::CloudWatch::Alarm": ("AlarmDescription", 1024),
    "AWS::EC2::SecurityGroup": ("GroupDescription", 255),
}
_LONGEST_SOURCE_NAME = 63
_GROUP_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _:/()#,@\[\]+=&;{}!$*-]*")
_POLICIES = 10_240
_VARIABLES = 4_096


def check_names_and_descriptions_fit(source: Template) -> list[str]:
    """With the longest name of a stack, and of a source."""
    return [
        problem for stack in every_stack(source) for one in stack.resources.values() for problem in _long(one)
    ]


def _long(resource: Resource) -> Iterator[str]:
    for limits in (_NAMES, _DESCRIPTIONS):
        key, limit = limits.get(resource.type, ("", 0))
        text = str(resource.properties.get(key, ""))
        longest = len(text) + text.count(STACK) * (LONGEST_STACK_NAME - len(STACK))
        for name in ("scims-db", "scims-redis"):
            longest += text.count(name) * (_LONGEST_SOURCE_NAME - len(name))
        if key and longest > limit:
            yield f"{key} of {resource.id} may have {longest} letters, of {limit}"
    about = [resource.properties.get("GroupDescription", ""), resource.properties.get("Description", "")]
    about += [rule.get("Description", "") for rule in resource.properties.get("SecurityGroupEgress", ())]
    if resource.type.startswith("AWS::EC2::SecurityGroup"):
        yield from (f"EC2 does not take {text!r}" for text in about if not _GROUP_DESCRIPTION.fullmatch(text))


def check_policies_of_a_role_fit(source: Template) -> list[str]:
    """IAM counts the letters of all that stands in a role, but for white space."""
    problems = []
    for stack in every_stack(source):
        for role in stack.of("AWS::IAM::Role"):
            policies = [one["PolicyDocument"] for one in role.properties.get("Policies", ())]
            size = sum(len("".join(json.dumps(policy).split())) for policy in policies)
            if size > _POLICIES:
                problems.append(f"{stack.variant}: the policies of {role.id} have {size} letters")
    return problems


def check_environments_fit(source: Template) -> list[str]:
    """A function's variables, as the JSON text that Lambda measures, with the longest texts of parameters."""
    return [problem for stack in every_stack(source) for problem in _crowded(stack, source)]


def _crowded(stack: Stack, source: Template) -> Iterator[str]:
    most = {name: source["Parameters"][name]["MaxLength"] for name in ("AfterRestore", "Labels")}
    if "Redis" in sources(stack):
        most["AfterRestore"] = LONGEST_SQL_BESIDE_REDIS
    longest, labels = (most[name] - len(stack.parameters[name]) for name in most)
    for function in stack.of("AWS::Lambda::Function"):
        variables = function.properties.get("Environment", {}).get("Variables", {})
        size = len(json.dumps(variables, separators=(",", ":"), ensure_ascii=False).encode())
        if any("AFTER_RESTORE" in name or "after_restore" in str(variables[name]) for name in variables):
            size += longest + longest // 10  # quotation marks and line ends take two
        if "SCIMS_LABELS" in variables:
            size += labels
        if size > _VARIABLES:
            yield f"{stack.variant}: the variables of {function.id} may have {size} bytes"
