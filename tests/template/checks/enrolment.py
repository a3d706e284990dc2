"""The escrow password: one function may read it, once, and it is gone when that was done."""

from __future__ import annotations

from collections.abc import Iterator

from tests.template.checks.contract import enrols, sources
from tests.template.support.loading import Template
from tests.template.support.stacks import STACK, Stack, every_stack

_PARTS = {"EnrolFunction", "EnrolRole", "EnrolLogs"}
_BEFORE = {
    *(
        "AlertFunction",
        "AlertSubscription",
        "DrillTaskDefinition",
        "DumpNightly",
        "DumpOnce",
        "PruneFunction",
    ),
    *("DrillOrchestrateFunction", "FunctionFailed", "TickHourly", "UndeliveredQueuePolicy"),
}
"""What may fail to be made, and would leave a vault behind that is not empty any more."""


def check_the_escrow_password_is_enrolled_once(source: Template) -> list[str]:
    """By a deployment, of each repository, when all else is there; nothing of it is left afterwards."""
    return [problem for stack in every_stack(source) for problem in _unlike_promised(stack)]


def _unlike_promised(stack: Stack) -> Iterator[str]:
    of_each = {f"{kind}EscrowEnrolment": name for kind, name in sources(stack).items()}
    parts = _PARTS | set(of_each)
    there = {name for name in stack.resources if name in _PARTS or name.endswith("EscrowEnrolment")}
    if there != (parts if enrols(stack) else set()):
        yield f"{stack.variant}: of the enrolment there are {sorted(there)}"
    if ("Enrolment" in stack.outputs) != enrols(stack):
        yield f"{stack.variant}: the outputs tell of an enrolment, or do not"
    if enrols(stack):
        for logical_id, name in of_each.items():
            yield from _asked_otherwise(stack, logical_id, name)
        yield from _too_early(stack)


def _asked_otherwise(stack: Stack, logical_id: str, name: str) -> Iterator[str]:
    asked = stack.properties(logical_id)
    if asked.get("Source", "scims-db") != name:
        yield f"{stack.variant}: the repository of {asked.get('Source')} is opened, not that of {name}"
    if not str(asked.get("ServiceToken")).endswith(f":function:{STACK}-enrol"):
        yield f"{stack.variant}: {asked.get('ServiceToken')} is asked to enrol"
    if asked.get("Escrow") != stack.outputs.get("VaultEscrowArn") or not asked.get("Vault"):
        yield f"{stack.variant}: another secret or vault is not enrolled"
    timeout = stack.properties("EnrolFunction").get("Timeout", 0)
    if int(asked.get("ServiceTimeout", 0)) <= timeout:
        yield f"{stack.variant}: CloudFormation does not wait for the function's answer"


def _too_early(stack: Stack) -> Iterator[str]:
    if "EscrowEnrolment" in stack.resources:
        asked = stack.properties("EscrowEnrolment")
        waits = set(stack.resources["EscrowEnrolment"].raw.get("DependsOn", [])) | set(asked.get("After", []))
        if missing := sorted((_BEFORE | _where_asked_for(stack)) - waits):
            yield f"{stack.variant}: the vault is begun before {missing} are there"
    if "RedisEscrowEnrolment" in stack.resources:
        waits_for = stack.resources["RedisEscrowEnrolment"].raw.get("DependsOn")
        if waits_for != "EscrowEnrolment":
            yield f"{stack.variant}: both repositories claim one marker at once: one waits for {waits_for}"


def _where_asked_for(stack: Stack) -> set[str]:
    """What a stack has besides that AWS may refuse: endpoints, tasks, schedules, alarms, a wrong password."""
    kinds = {
        *("AWS::EC2::VPCEndpoint", "AWS::CloudTrail::Trail", "Custom::VaultPasswordFits"),
        *("AWS::ECS::TaskDefinition", "AWS::Scheduler::Schedule", "AWS::CloudWatch::Alarm"),
    }
    of_redis = {"RedisFromDump", "ExportBucketPolicy"} & set(stack.resources)
    return of_redis | {one.id for one in stack.resources.values() if one.type in kinds}
