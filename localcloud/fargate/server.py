"""moto's ECS on a loopback port, with RunTask and StopTask given to somebody who means it."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from moto.backends import get_backend
from moto.core.responses import ActionResult
from moto.ecs.exceptions import ECSException
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_api import state_manager
from moto.server import ThreadedMotoServer

from localcloud.clients import ACCOUNT, REGION
from localcloud.listening import address
from localcloud.requests_journal import note_request

_MODEL = "ecs::task"
_NEVER = {"progression": "manual", "times": 10**9}


class Runner(Protocol):
    """Who decides what becomes of a task."""

    def run_task(self, request: Mapping[str, Any], plainly: Callable[..., list[Any]]) -> dict[str, Any]:
        """Answer RunTask. plainly: moto's own, which makes the records; it takes parameters to replace."""

    def stop_task(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer StopTask."""


class EcsServer:
    """One server per process: moto keeps its records in module variables. journal: of requests."""

    def __init__(self, port: int, journal: Path) -> None:
        self._journal = journal
        self.url = f"http://{address()}:{port}"
        self._moto = ThreadedMotoServer(ip_address=address(), port=port, verbose=False)
        self._replaced: list[tuple[Any, str, Any]] = []

    def start(self, runner: Runner) -> None:
        """Serve; tasks change their state only when the runner says so."""
        plain = EC2ContainerServiceResponse.run_task

        def run_task(response: Any) -> ActionResult:
            request = dict(response.params)

            def plainly(**replaced: Any) -> list[Any]:
                response.params = {**request, **replaced}
                answer: Any = plain(response).result
                return list(answer["tasks"])

            return ActionResult(runner.run_task(request, plainly))

        def stop_task(response: Any) -> ActionResult:
            return ActionResult(runner.stop_task(response.params))

        answered = EC2ContainerServiceResponse.call_action

        def call_action(response: Any) -> Any:
            signed, operation = response.headers.get("Authorization", ""), response._get_action()  # noqa: SLF001
            note_request(self._journal, signed, "ecs", operation, response.params)
            return answered(response)

        responses, models = EC2ContainerServiceResponse, EC2ContainerServiceBackend
        self._replace(responses, "call_action", call_action)
        self._replace(responses, "run_task", run_task)
        self._replace(responses, "stop_task", stop_task)
        self._replace(responses, "get_current_account", lambda _: ACCOUNT)
        # it wants a container's memory, which on Fargate need not be given
        self._replace(models, "_calculate_task_resource_requirements", lambda *_: {})
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        state_manager.set_transition(_MODEL, _NEVER)
        self._moto.start()

    def stop(self) -> None:
        """Free the port, forget all records and leave moto as it was."""
        self._moto.stop()
        for owner, name, function in self._replaced:
            setattr(owner, name, function)
        state_manager.unset_transition(_MODEL)
        for service in ("ecs", "ec2"):
            backend(service).reset()

    def _replace(self, owner: Any, name: str, function: Callable[..., Any]) -> None:
        self._replaced.append((owner, name, vars(owner).get(name, getattr(owner, name))))
        setattr(owner, name, function)


def backend(service: str) -> Any:
    """The records that moto keeps of a service."""
    return get_backend(service)[ACCOUNT][REGION]  # type: ignore[call-overload]


def refusal(code: str, message: str, **members: Any) -> Exception:
    """Return an error of the API, to be raised."""
    error = ECSException(code, message)
    for name, value in members.items():
        setattr(error, name, value)
    return error
