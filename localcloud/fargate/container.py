"""The container of a task, as its task definition says."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from localcloud.containers import ContainerProcess, limits

_SHARED_MEMORY = "64m"
"""Fargate gives no more, whatever is asked for."""
_PROCESSOR = 1024


class TaskContainer:
    """Runs a command in a container.

    definition: of the container, with `memory` in MiB, `cpu` in 1024ths, and `disk` in MiB, or None for the
    machine's.
    """

    def __init__(
        self,
        image: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        definition: Mapping[str, Any],
        on_line: Callable[[str], None],
    ) -> None:
        self.ran_out_of_memory = False
        self.left: list[str] = []
        self._deadline: threading.Timer | None = None
        self._on_line = on_line
        self._container = ContainerProcess(
            image, options_of(definition), command[:1], command[1:], environment
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self) -> int:
        """Wait until it has ended, and remove it; return its exit code, 128 and more for a signal."""
        code = self._container.process.wait()
        self._reader.join()
        if self._deadline is not None:
            self._deadline.cancel()
        self.ran_out_of_memory, self.left = self._container.ending()
        self._container.remove()
        return code

    def terminate(self, seconds: float) -> None:
        """Ask it to end, and kill it if it has not after so many seconds."""
        self._container.signal("TERM")
        self._deadline = threading.Timer(seconds, self.kill)
        self._deadline.daemon = True
        self._deadline.start()

    def kill(self) -> None:
        """Kill it: exit code 137."""
        self._container.signal("KILL")

    def remove(self) -> None:
        """End it at once."""
        self._container.remove()

    def _read(self) -> None:
        assert self._container.process.stdout is not None  # noqa: S101  a pipe was asked for
        with self._container.process.stdout as lines:
            for line in lines:
                self._on_line(line.decode("utf-8", "replace").rstrip("\n"))


def options_of(definition: Mapping[str, Any]) -> list[str]:
    """Return what `docker run` has to be told for a container's definition."""
    linux = definition.get("linuxParameters", {})
    options = limits(definition["memory"], definition["cpu"] / _PROCESSOR)
    options += ["--shm-size", _SHARED_MEMORY]
    options += ["--user", definition["user"]] if "user" in definition else []
    options += ["--read-only"] if definition.get("readonlyRootFilesystem") else []
    options += ["--init"] if linux.get("initProcessEnabled") else []
    for capability in linux.get("capabilities", {}).get("drop", []):
        options += ["--cap-drop", capability]
    if definition["disk"] is not None:
        options += ["--tmpfs", f"/tmp:mode=1777,size={definition['disk']}m"]  # noqa: S108  its own
    return options
