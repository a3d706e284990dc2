"""The escrow password: one function may read it, once, and it is gone when that was done."""

from __future__ import annotations

from collections.abc import Iterator

from tests.template.checks.contract import enrols
from tests.template.support.loading import Template
from tests.template.support.stacks import STACK, Stack, stacks

_PARTS = {"EnrolFunction", "EnrolRole", "EnrolLogs", "EscrowEnrolment"}
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
    """By a deployment, of a restic vault, when all else is there; nothing of it is left where it was done."""
    return [problem for stack in stacks(source) for problem in _unlike_promised(stack)]


def _unlike_promised(stack: Stack) -> Iterator[str]:
    there = _PARTS & set(stack.resources)
    if there != (_PARTS if enrols(stack) else set()):
        yield f"{stack.variant}: of the enrolment there are {sorted(there)}"
    if ("Enrolment" in stack.outputs) != enrols(stack):
        yield f"{stack.variant}: the outputs tell of an enrolment, or do not"
    if enrols(stack):
        yield from _asked_otherwise(stack)


def _asked_otherwise(stack: Stack) -> Iterator[str]:
    asked = stack.properties("EscrowEnrolment")
    if not str(asked.get("ServiceToken")).endswith(f":function:{STACK}-enrol"):
        yield f"{stack.variant}: {asked.get('ServiceToken')} is asked to enrol"
    if asked.get("Escrow") != stack.outputs.get("VaultEscrowArn") or not asked.get("Vault"):
        yield f"{stack.variant}: another secret or vault is not enrolled"
    timeout = stack.properties("EnrolFunction").get("Timeout", 0)
    if int(asked.get("ServiceTimeout", 0)) <= timeout:
        yield f"{stack.variant}: CloudFormation does not wait for the function's answer"
    if "EscrowEnrolment" in stack.resources:
        waits = set(stack.resources["EscrowEnrolment"].raw.get("DependsOn", [])) | set(asked.get("After", []))
        if missing := sorted((_BEFORE | _where_asked_for(stack)) - waits):
            yield f"{stack.variant}: the vault is begun before {missing} are there"


def _where_asked_for(stack: Stack) -> set[str]:
    """What a stack has besides that AWS may refuse: endpoints, trail, tasks, schedules, a wrong password."""
    kinds = {
        *("AWS::EC2::VPCEndpoint", "AWS::CloudTrail::Trail", "Custom::VaultPasswordFits"),
        *("AWS::ECS::TaskDefinition", "AWS::Scheduler::Schedule"),
    }
    return {one.id for one in stack.resources.values() if one.type in kinds}
