"""A shell in which one after the other of a page's commands runs."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.sam_local.page import EVENT, FUNCTION, INVOKE, SERVE
from tests.support.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_STARTED = "SAM_CONTAINER_ID: "
_MOUNTED = '{{.Actor.ID}} {{index .Actor.Attributes "container"}}'


class Shell:
    """Keeps what a command exports for the next. variables: what the first finds."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables

    def run(self, commands: str) -> str:
        """Run commands, and return what they print; one that fails is a failed test, with its words."""
        with tempfile.NamedTemporaryFile() as left:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", f"{commands}\nenv -0 >{left.name}"],
                cwd=ROOT,
                env=self.variables,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{commands}{done.stdout[-3000:]}{done.stderr[-3000:]}"
            pairs = Path(left.name).read_text().split("\0")
        self.variables = dict(pair.split("=", 1) for pair in pairs if pair)
        return done.stdout

    def invoke(self, function: str, event: Path) -> Any:
        """Invoke a function with an event as the page does, and return its answer."""
        command = INVOKE.replace(FUNCTION, function).replace(EVENT, str(event))
        with _log() as log:
            answer = self.run(f"exec 2>{log.name}\n{command}")
            assert answer, Path(log.name).read_text()[-3000:]
        return json.loads(answer)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve the functions as the page does."""
        with _log() as log:
            server = subprocess.Popen(
                ["bash", "-c", f"exec {SERVE}"], cwd=ROOT, env=self.variables, stdout=log, stderr=log
            )
            try:
                yield
            finally:
                server.terminate()
                server.wait()


@contextmanager
def _log() -> Iterator[Any]:
    """A file for what the SAM CLI says; the volumes of the containers that it names go in the end.

    It removes containers without the volume that their image declares.
    """
    begun = f"{time.time():.3f}"
    with tempfile.NamedTemporaryFile() as log:
        try:
            yield log
        finally:
            lines = Path(log.name).read_text(errors="replace").splitlines()
            ours = {line.partition(_STARTED)[2].strip() for line in lines if _STARTED in line}
            _remove_volumes(ours, begun)


def _remove_volumes(containers: set[str], begun: str) -> None:
    filters = ("--filter", "type=volume", "--filter", "event=mount", "--format", _MOUNTED)
    mounted = docker("events", "--since", begun, "--until", f"{time.time():.3f}", *filters).splitlines()
    pairs = (line.split() for line in mounted)
    volumes = {
        volume for volume, container in pairs if container in containers and not volume.startswith("/")
    }
    if volumes:
        docker("volume", "rm", *sorted(volumes))


def docker(*words: str) -> str:
    """What the client answers."""
    return subprocess.run(
        ["docker", *words], capture_output=True, text=True, check=True, env=os.environ
    ).stdout
