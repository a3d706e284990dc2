"""LocalStack's executor of Lambda functions as processes of this machine: no Docker, nothing to download.

LAMBDA_RUNTIME_EXECUTOR=local makes it LocalStack's. LOCAL_LAMBDA_PYTHON: runs zip functions.
LOCAL_LAMBDA_IMAGES: see images.py. LOCAL_LAMBDA_CALLS: a file that gets a line for each invocation that
begins or ends.
"""

import json
import os
import time
from collections.abc import Mapping
from concurrent.futures import TimeoutError as NotYetError
from pathlib import Path
from typing import Any

from localstack import config as localstack_config  # type: ignore[import-not-found]
from localstack.services.lambda_.invocation.lambda_models import (  # type: ignore[import-not-found]
    InvocationResult,
)
from localstack.services.lambda_.invocation.plugins import (  # type: ignore[import-not-found]
    RuntimeExecutorPlugin,
)
from localstack.services.lambda_.invocation.runtime_executor import (  # type: ignore[import-not-found]
    RuntimeExecutor,
)

from localcloud.plugins.calls import note_call
from localcloud.plugins.embedded_metrics import publish_metrics
from localcloud.plugins.function_process import FunctionProcess
from localcloud.plugins.runtime_api import Answer
from localcloud.requests_journal import note_identity

_GLANCE_SECONDS = 0.05
_START_SECONDS = 60
"""AWS gives ten, and machines of its own."""


class LocalProcessesPlugin(RuntimeExecutorPlugin):  # type: ignore[misc]
    """Makes the executor known to LocalStack."""

    name = "local"

    def load(self, *_arguments: object, **_options: object) -> type["LocalProcesses"]:
        """Return the executor's class."""
        return LocalProcesses


class LocalProcesses(RuntimeExecutor):  # type: ignore[misc]
    """Runs one execution environment of a function as a process, anew after it died."""

    def __init__(self, id: str, function_version: Any) -> None:  # noqa: A002  LocalStack's name
        super().__init__(id=id, function_version=function_version)
        self._config = function_version.config
        self._environment: Mapping[str, object] = {}
        self._process: FunctionProcess | None = None
        self._is_used = False
        self._before = ""

    @classmethod
    def prepare_version(cls, function_version: Any) -> None:
        """Unpack the code and the layers."""
        layers = (layer.code for layer in function_version.config.layers or ())
        for code in [function_version.config.code, *layers]:
            if code:
                code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: Any) -> None:
        """Nothing: it goes with LocalStack's folder."""

    def start(self, env_vars: Mapping[str, object]) -> None:
        """Start the process; that its handler cannot be loaded is told by the first invocation."""
        self.prepare_version(self.function_version)
        self._environment = env_vars
        self._note_role()
        self._start_process()

    def stop(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._before += self._process.output.all()
            self._process.end()
            self._process = None

    def invoke(self, payload: Mapping[str, str]) -> Any:
        """Have one invocation done."""
        request, began = payload["invoke-id"], time.monotonic()
        name = str(self.function_version.id.function_name)
        note_call(name, request, "began")
        process = self._usable_process()
        answer = self._outcome(process, payload) if process.is_ready() else self._failed_start(process)
        lines = process.output.take()
        note_call(name, request, "ended", answer)
        publish_metrics(lines, self.function_version.id.region)
        logs = self._report(request, lines, (time.monotonic() - began) * 1000)
        return InvocationResult(request, answer.payload, is_error=answer.is_error, logs=logs)

    def get_logs(self) -> str:
        """All that the environment wrote."""
        return self._before + (self._process.output.all() if self._process else "")

    def get_address(self) -> str:
        """Where the environment is."""
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        """Where the environment finds LocalStack."""
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        """LocalStack's own runtime API, which we do not use."""
        return f"http://127.0.0.1:{localstack_config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def _note_role(self) -> None:
        """Say whose key the environment has, for those who judge what it asked for."""
        journal = os.environ.get("LOCAL_CLOUD_REQUESTS")
        if journal is not None:
            key, role = str(self._environment["AWS_ACCESS_KEY_ID"]), str(self._config.role)
            note_identity(Path(journal), key, role.rpartition("/")[2])

    def _usable_process(self) -> FunctionProcess:
        """The process, started anew if it failed in an earlier invocation."""
        if self._process is None or (self._is_used and not self._process.is_ready()):
            self.stop()
            self._start_process()
        assert self._process is not None  # noqa: S101  it was just started
        self._is_used = True
        return self._process

    def _start_process(self) -> None:
        self._is_used = False
        self._process = FunctionProcess(self._config, self._environment)
        self._process.await_ready(_START_SECONDS)

    def _failed_start(self, process: FunctionProcess) -> Answer:
        if process.api.init_error is not None:
            return Answer(process.api.init_error, is_error=True)
        if process.is_alive():
            process.end()
            return _failure("Sandbox.Timedout", f"Error: no handler after {_START_SECONDS} seconds")
        return _failure("Runtime.ExitError", f"Error: Runtime exited with error: {process.how_it_ended()}")

    def _outcome(self, process: FunctionProcess, payload: Mapping[str, str]) -> Answer:
        answer, request = process.api.hand_out(payload), payload["invoke-id"]
        last = time.monotonic() + self._config.timeout
        while True:
            try:
                return answer.result(_GLANCE_SECONDS)
            except NotYetError:
                if not process.is_alive() and not answer.done():
                    how = process.how_it_ended()
                    text = f"RequestId: {request} Error: Runtime exited with error: {how}"
                    return _failure("Runtime.ExitError", text)
                if time.monotonic() > last:
                    process.end()
                    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
                    text = f"{now} {request} Task timed out after {self._config.timeout:.2f} seconds"
                    return _failure("Sandbox.Timedout", text)

    def _report(self, request: str, lines: str, milliseconds: float) -> str:
        memory = self._config.memory_size
        return (
            f"START RequestId: {request} Version: {self.function_version.id.qualifier}\n{lines}"
            f"END RequestId: {request}\nREPORT RequestId: {request}\tDuration: {milliseconds:.2f} ms\t"
            f"Billed Duration: {int(milliseconds) + 1} ms\tMemory Size: {memory} MB\t"
            f"Max Memory Used: {memory} MB\n"
        )


def _failure(kind: str, message: str) -> Answer:
    return Answer(json.dumps({"errorType": kind, "errorMessage": message}).encode(), is_error=True)
