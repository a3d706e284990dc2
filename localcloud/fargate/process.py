"""The process that is a task's container."""

import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud.containment import Container
from localcloud.kept import end_kept, start_kept


@dataclass(frozen=True)
class Machine:
    """What the tasks' image is on this machine: its files, its Python, and the variables it sets.

    image: what the tasks run in, with all of that, where they are no processes of this machine.
    """

    code: Path
    python: Path
    variables: Mapping[str, str]
    image: str | None = None

    def program(self, command: Sequence[str]) -> list[str]:
        """A command of the image, with its Python replaced by this machine's."""
        first, *rest = command
        return [str(self.python) if first in ("python3", "python") else first, *rest]


class TaskProcess:
    """Runs a command as a container: a /tmp of its own, nothing of it left when it ends."""

    def __init__(
        self,
        machine: Machine,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        on_line: Callable[[str], None],
    ) -> None:
        tmp = folder / "tmp"
        tmp.mkdir(parents=True)
        tmp.chmod(0o1777)
        container = Container(
            {"/tmp": tmp},  # noqa: S108  the container's own
            machine.code,
            [machine.python.parents[1], machine.python.resolve().parents[1]],
        )
        self.ran_out_of_memory = False
        self.left: list[str] = []
        self._on_line = on_line
        self._process = start_kept(
            container.command(machine.program(command)),
            container.environment(environment),
            cwd=machine.code,
            folder=folder,
            output=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self) -> int:
        """Wait until it has ended; return its exit code, 128 and more for a signal."""
        code = self._process.wait()
        self._reader.join()
        end_kept(self._process)
        return code

    def terminate(self, seconds: float) -> None:
        """Ask it to end, and kill it if it has not after so many seconds."""
        self._process.send_signal(signal.SIGTERM)
        timer = threading.Timer(seconds, self.kill)
        timer.daemon = True
        timer.start()

    def kill(self) -> None:
        """Kill it as a container is killed: exit code 137."""
        self._process.send_signal(signal.SIGUSR1)

    def remove(self) -> None:
        """End it at once, with everything that it started."""
        end_kept(self._process)

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101  a pipe was asked for
        with self._process.stdout as lines:
            for line in lines:
                self._on_line(line.decode("utf-8", "replace").rstrip("\n"))
