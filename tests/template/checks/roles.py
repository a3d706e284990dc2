"""The roles of whoever works with the catalog."""

from __future__ import annotations

from collections.abc import Iterator

from tests.template.support.stacks import Resource, Stack

ROLES = {
    "dump": "DumpRole",
    "dump-task": "DumpTaskRole",
    "prune": "PruneRole",
    "orchestrate": "DrillOrchestrateRole",
    "alert": "AlertRole",
    "task": "DrillTaskRole",
    "restore": "RestoreRole",
    "restore-task": "RestoreTaskRole",
    "enrol": "EnrolRole",
    "copy": "CopyRole",
    "copy-task": "CopyTaskRole",
}


DUMPERS = {"dump", "dump-task"}
RESTORERS = {"restore", "restore-task"}
COPIERS = {"copy", "copy-task"}


def known_roles(stack: Stack) -> Iterator[tuple[str, Resource]]:
    """Yield the roles that are there, by who works with the catalog."""
    for who, logical_id in ROLES.items():
        if logical_id in stack.resources:
            yield who, stack.resources[logical_id]
