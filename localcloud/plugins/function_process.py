"""A function's process: started with its runtime API, watched, its output kept."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from localcloud.containers import ContainerProcess, limits
from localcloud.containment import Container
from localcloud.kept import end_kept, start_kept
from localcloud.plugins.images import Image, environment_of, environment_of_container, handler_of
from localcloud.plugins.output import Output
from localcloud.plugins.runtime_api import RuntimeApi

_GLANCE_SECONDS = 0.02
_TMP_MEGABYTES = 512
_AS_LAMBDA = (
    *("--user", "993:990", "--read-only", "--ipc", "none"),
    *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
)
_SIGNALLED = 128
"""A guardian's exit code above it tells of a signal."""


class FunctionProcess:
    """One execution environment: /opt and /tmp of its own, and a process that asks for invocations."""

    def __init__(self, config: Any, environment: Mapping[str, object]) -> None:
        self.api = RuntimeApi(config.timeout)
        self._process: subprocess.Popen[bytes]
        self._end: Callable[[], None]
        self._folder = Path(tempfile.mkdtemp(prefix="function-"))
        image = Image.of(config)
        if image.container is not None:
            self._start_container(config, image.container, environment)
        else:
            self._start_process(config, image, environment)
        assert self._process.stdout is not None  # noqa: S101  a pipe was asked for
        self.output = Output(self._process.stdout)

    def _start_container(self, config: Any, image: str, environment: Mapping[str, object]) -> None:
        """As Lambda runs an image: a user that nobody chose, and nothing to write to but /tmp."""
        size = config.ephemeral_storage.size if config.ephemeral_storage else _TMP_MEGABYTES
        tmp = f"/tmp:mode=1777,size={size}m"  # noqa: S108  its own
        options = [*_AS_LAMBDA, "--tmpfs", tmp, *limits(config.memory_size)]
        container = ContainerProcess(
            image, options, (), [handler_of(config)], environment_of_container(environment, self.api.address)
        )
        self._process, self._end = container.process, container.remove

    def _start_process(self, config: Any, image: Image, environment: Mapping[str, object]) -> None:
        python = Path(image.python)
        container = Container(
            {"/opt": self._layers(config), "/tmp": self._tmp()},  # noqa: S108
            image.code,
            [python.parents[1], python.resolve().parents[1]],
        )
        process = start_kept(
            container.command([image.python, "-m", "awslambdaric", handler_of(config)]),
            container.environment(environment_of(image, environment, self.api.address)),
            cwd=image.code,
            output=subprocess.PIPE,
        )
        self._process, self._end = process, partial(end_kept, process)

    def await_ready(self, seconds: float) -> None:
        """Wait until it asks for its first invocation, or has failed, or this time is over."""
        last = time.monotonic() + seconds
        while not self.api.ready.wait(_GLANCE_SECONDS):
            if not self.is_alive() or time.monotonic() > last:
                return

    def is_ready(self) -> bool:
        """Say whether it takes invocations."""
        return self.is_alive() and self.api.ready.is_set() and self.api.init_error is None

    def is_alive(self) -> bool:
        """Say whether the process runs."""
        return self._process.poll() is None

    def how_it_ended(self) -> str:
        """Lambda's words for how a process ended that should not have."""
        code = self._process.wait()
        self.output.await_end()
        if code <= _SIGNALLED:
            return f"exit status {code}"
        number = code - _SIGNALLED
        return f"signal: {'killed' if number == signal.SIGKILL else signal.strsignal(number)}"

    def end(self) -> None:
        """End it and everything that it started."""
        self._end()
        self.output.await_end()
        self.api.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _layers(self, config: Any) -> Path:
        """One folder for all layers: the only one's own, or a copy in which they lie upon each other."""
        folders = [layer.code.get_unzipped_code_location() for layer in config.layers or ()]
        if len(folders) == 1:
            return Path(folders[0])
        opt = self._folder / "opt"
        opt.mkdir()
        for folder in folders:
            shutil.copytree(folder, opt, dirs_exist_ok=True, symlinks=True)
        return opt

    def _tmp(self) -> Path:
        tmp = self._folder / "tmp"
        tmp.mkdir()
        tmp.chmod(0o1777)
        return tmp
