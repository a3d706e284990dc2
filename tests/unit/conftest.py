"""What a unit test may not touch: the network and other programs."""

import subprocess
from typing import NoReturn

import pytest


class ForbiddenInUnitTestsError(Exception):
    """A unit test started a program."""


@pytest.fixture(autouse=True)
def _alone(socket_disabled: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001  # the fixture acts
    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        raise ForbiddenInUnitTestsError("a unit test starts no programs: this belongs into tests/integration")

    monkeypatch.setattr(subprocess, "Popen", refuse)
