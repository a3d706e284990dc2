"""What a unit test may not touch, the network and other programs; and a client of S3 that reaches nothing."""

import os
import subprocess
from typing import NoReturn

import pytest

from scims_backup.adapters.s3.client import new_client


class ForbiddenInUnitTestsError(Exception):
    """A unit test started a program."""


@pytest.fixture(autouse=True)
def _alone(socket_disabled: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001  # the fixture acts
    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        raise ForbiddenInUnitTestsError("a unit test starts no programs: this belongs into tests/integration")

    monkeypatch.setattr(subprocess, "Popen", refuse)


@pytest.fixture
def offline_client(monkeypatch):
    """Give a client of S3 that knows no configuration of this machine, to be stubbed."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://s3.example.org")
    return new_client()
