"""Functions and tasks in containers of the image that LOCALCLOUD_IMAGE names, as Lambda and Fargate run them.

Without it they are processes of this machine. The standard library only: LocalStack's process uses it too.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

VARIABLE = "LOCALCLOUD_IMAGE"
_OWNER = "LOCALCLOUD_OWNER"
"""Names the process whose containers these are, also in the environment of LocalStack."""
_OF_DOCKER = (VARIABLE, "DOCKER_HOST")
_LABEL = "scims.localcloud"
_END_SECONDS = 30
_GLANCE_SECONDS = 1
_REMOVE_ALL = """
read -r _
for _ in 1 2 3; do
    found=$(docker ps --all --quiet --filter "$1")
    [ -n "$found" ] || exit 0
    docker rm --force --volumes $found >/dev/null 2>&1
done
"""
_ON_THIS_MACHINE = ("--network", "host", "--pull", "never")


def image() -> str | None:
    """The image that functions and tasks run in; None where they are processes."""
    return os.environ.get(VARIABLE) or None


def running() -> list[int]:
    """The first processes of our containers, as this machine numbers them."""
    if image() is None:
        return []
    mine = _ask("ps", "--quiet", "--filter", f"label={_LABEL}={_owner()}").split()
    if not mine:
        return []
    # one may have gone meanwhile: the others are told all the same
    told = subprocess.run(
        ["docker", "inspect", "--format", "{{.State.Pid}}", *mine],
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(word) for word in told.stdout.split() if word != "0"]


def passed_on() -> dict[str, str]:
    """What another process of ours needs in its environment to do the same."""
    given = {name: os.environ[name] for name in _OF_DOCKER if name in os.environ}
    return {**given, _OWNER: _owner()}


@contextmanager
def kept() -> Iterator[None]:
    """Remove all our containers at the end, also if we are killed; LocalStack's process starts some too."""
    if image() is None:
        yield
        return
    with subprocess.Popen(
        ["/bin/sh", "-c", _REMOVE_ALL, "sh", f"label={_LABEL}={_owner()}"],
        stdin=subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C is for us, who then let it go
    ):
        yield


class ContainerProcess:
    """Runs a command in a container on this machine's network.

    options: of `docker run`. entry_point: the command's first words, in place of the image's own; none keeps
    those.
    """

    def __init__(
        self,
        image: str,
        options: Sequence[str],
        entry_point: Sequence[str],
        command: Sequence[str],
        environment: Mapping[str, str],
    ) -> None:
        self.name = f"localcloud-{os.urandom(8).hex()}"
        named = [word for name in environment for word in ("--env", name)]
        label = ["--name", self.name, "--label", f"{_LABEL}={_owner()}"]
        first = ["--entrypoint", entry_point[0]] if entry_point else []
        own = {name: os.environ[name] for name in ("PATH", *_OF_DOCKER) if name in os.environ}
        self.process = subprocess.Popen(
            [
                "docker",
                "run",
                *_ON_THIS_MACHINE,
                *label,
                *options,
                *named,
                *first,
                image,
                *entry_point[1:],
                *command,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**environment, **own},
        )

    def signal(self, name: str) -> None:
        """Send it a signal, e.g. TERM; one that has ended gets none."""
        subprocess.run(["docker", "kill", "--signal", name, self.name], capture_output=True, check=False)

    def ending(self) -> tuple[bool, list[str]]:
        """Say of one that has ended whether it was killed for lack of memory, and what lies on its volumes.

        One that was removed meanwhile left nothing.
        """
        form = "{{.State.OOMKilled}}{{range .Mounts}} {{.Source}}{{end}}"
        told = subprocess.run(
            ["docker", "inspect", "--format", form, self.name], capture_output=True, text=True, check=False
        )
        killed, *volumes = told.stdout.split() or ["false"]
        return killed == "true", sorted(name for volume in volumes for name in os.listdir(volume))  # noqa: PTH208

    def remove(self) -> None:
        """End it at once and remove it with its volumes, however often that is asked."""
        last = time.monotonic() + _END_SECONDS
        while True:
            subprocess.run(
                ["docker", "rm", "--force", "--volumes", self.name], capture_output=True, check=False
            )
            try:
                self.process.wait(_GLANCE_SECONDS)
            except subprocess.TimeoutExpired:  # it was only just being made
                if time.monotonic() < last:
                    continue
                self.process.kill()
                self.process.wait()
            return


def limits(memory: int | None = None, processors: float | None = None) -> list[str]:
    """Options that give a container as many MiB of memory, and processors, and nothing to swap to."""
    swap = [] if memory is None else ["--memory", f"{memory}m", "--memory-swap", f"{memory}m"]
    return swap if processors is None else [*swap, "--cpus", f"{min(processors, os.cpu_count() or 1)}"]


def _ask(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout


def _owner() -> str:
    return os.environ.get(_OWNER) or str(os.getpid())
