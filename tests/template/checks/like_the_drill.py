"""What every task has in common with the drill's: its image, its user, and how closed it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.template.support.stacks import STACK, Stack

_OF_THE_CONTAINER = (
    *("ReadonlyRootFilesystem", "StopTimeout", "LinuxParameters", "MountPoints", "Essential", "Memory"),
    "User",
)
_OF_THE_TASK = ("RequiresCompatibilities", "NetworkMode", "RuntimePlatform", "Cpu", "Memory", "Volumes")


def unlike_the_drill(stack: Stack, logical_id: str, name: str, own: Mapping[str, Any]) -> Iterator[str]:
    """Say in what a task is not as promised. name: of its container and family; own: what it alone has."""
    task, drill = stack.properties(logical_id), stack.properties("DrillTaskDefinition")
    container: dict[str, Any] = next(iter(task.get("ContainerDefinitions", [])), {})
    as_drill: dict[str, Any] = next(iter(drill.get("ContainerDefinitions", [])), {})
    expected = {"Name": name, "Image": "TaskImage.Uri", **own}
    for key, value in {**expected, **{key: as_drill.get(key) for key in _OF_THE_CONTAINER}}.items():
        if container.get(key) != value:
            yield f"{stack.variant}: {key} of the container is {container.get(key)}"
    for key in _OF_THE_TASK:
        if task.get(key) != drill.get(key):
            yield f"{stack.variant}: {key} of the task is {task.get(key)}"
    if task.get("Family") != f"{STACK}-{name}":
        yield f"{stack.variant}: the task is called {task.get('Family')}"
