"""What the functions were promised: names, code, time, and what becomes of failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.template.support.loading import REGION
from tests.template.support.stacks import ACCOUNT, STACK, Stack

BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{STACK}-drills"


@dataclass(frozen=True)
class Promise:
    """What a function is.

    code: the image's command, or the handler; retries: of asynchronous calls, None where whoever asks waits.
    """

    name: str
    image: bool
    code: str
    timeout: int
    retries: int | None
    service: str


FUNCTIONS: Mapping[str, Promise] = {
    "DumpFunction": Promise("dump", True, "functions.dump.handler.handler", 900, 0, "dump"),
    "PruneFunction": Promise("prune", True, "functions.prune.handler.handler", 900, 2, "prune"),
    "DrillOrchestrateFunction": Promise(
        "drill-orchestrate", False, "handler.handler", 60, 0, "drill-orchestrate"
    ),
    "AlertFunction": Promise("alert", False, "handler.handler", 30, 2, "alert"),
    "RestoreFunction": Promise("restore", True, "functions.restore.handler.handler", 900, 0, "restore"),
    "CopyFunction": Promise("copy", True, "functions.copy.handler.handler", 900, 0, "copy"),
    "TaskImageFunction": Promise("task-image", False, "handler.handler", 60, None, "task-image"),
    "EnrolFunction": Promise("enrol", True, "functions.enrol.handler.handler", 900, None, "enrol"),
}


def promised(stack: Stack) -> Mapping[str, Promise]:
    """The functions that a stack has: those which restore, copy and enrol where there is need of them."""
    unneeded = {
        "RestoreFunction": not restores(stack),
        "CopyFunction": not copies(stack),
        "EnrolFunction": not enrols(stack),
    }
    return {name: FUNCTIONS[name] for name in FUNCTIONS if not unneeded.get(name)}


def restores(stack: Stack) -> bool:
    """Say whether a stack was told who restores."""
    return bool(stack.parameters["RestoreSecretArn"])


def copies(stack: Stack) -> bool:
    """Say whether a stack was told who writes second copies."""
    return bool(stack.parameters["CopyRoleArn"])


def enrols(stack: Stack) -> bool:
    """Say whether a stack may still put its escrow password into the vault."""
    return (stack.parameters["VaultKind"], stack.parameters["EscrowEnrolled"]) == ("restic", "no")


def exports(stack: Stack) -> bool:
    """Say whether a stack backs up a cache of ElastiCache."""
    return bool(stack.parameters["RedisElastiCache"])


def drills_in_rds(stack: Stack) -> bool:
    """Say whether drills of a stack have servers of RDS."""
    return bool(stack.parameters["SandboxKind"] == "rds")


def sources(stack: Stack) -> Mapping[str, str]:
    """The sources of a stack, by what the ids of their own resources have in them beside the database's."""
    redis = bool(stack.parameters["RedisSecretArn"]) or exports(stack)
    return {"": "scims-db", **({"Redis": "scims-redis"} if redis else {})}
