"""A function that runs one task of its own: what it may do for that, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.template.checks.contract import CLUSTER
from tests.template.support.loading import REGION
from tests.template.support.policies import may
from tests.template.support.stacks import ACCOUNT, STACK, Stack

OURS = {"ecs:cluster": CLUSTER}
TASK = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{STACK}-drills/0af0"
_OTHERS = {"ecs:cluster": CLUSTER.replace("drills", "web")}
_TO_ECS = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
_ROLES = f"arn:aws:iam::{ACCOUNT}:role"


def family(word: str) -> str:
    """Return a task definition of a family, e.g. `copy`."""
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{STACK}-{word}:7"


def beyond_its_own_task(stacks: Iterable[Stack], word: str, finds: tuple[str, str]) -> Iterator[str]:
    """Yield what a function may do besides running its task, or may not do for that.

    It runs its family in our cluster, tags only while running one, and hands over two roles.

    word: what the function and its family are called. finds: by which action, on what, it finds its tasks.
    """
    name = word.capitalize()
    questions: list[tuple[str, str, dict[str, str], bool]] = [
        ("ecs:RunTask", family(word), OURS, True),
        ("ecs:RunTask", family(word), _OTHERS, False),
        ("ecs:RunTask", family("drill"), OURS, False),
        (*finds, OURS, True),
        (*finds, _OTHERS, False),
        ("ecs:TagResource", TASK, {"ecs:CreateAction": "RunTask"}, True),
        ("ecs:TagResource", TASK, {}, False),
        ("ecs:StopTask", TASK, OURS, False),
        ("iam:PassRole", f"{_ROLES}/{name}TaskRole", _TO_ECS, True),
        ("iam:PassRole", f"{_ROLES}/{name}ExecutionRole", _TO_ECS, True),
        ("iam:PassRole", f"{_ROLES}/DrillTaskRole", _TO_ECS, False),
        ("iam:PassRole", f"{_ROLES}/{name}TaskRole", {}, False),
    ]
    for stack in stacks:
        for action, resource, context, expected in questions:
            if may(stack.resources[f"{name}Role"], action, resource, context) != expected:
                yield f"{stack.variant}: {word} may {action} {resource} {context}, or may not"
