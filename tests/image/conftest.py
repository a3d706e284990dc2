"""The cloud and the stack of the end-to-end tests, whose functions and tasks are containers here."""

from collections.abc import Iterator

import pytest

from localcloud.cloud import LocalCloud
from localcloud.deployment import Deployment
from tests.e2e.conftest import deployed, stack
from tests.image.containers import IMAGE, docker
from tests.support.afterwards import Afterwards

__all__ = ["cloud", "deployed", "stack"]
_STAYS = "restic-cache"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip everything where there is no image to test."""
    if not IMAGE:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="needs the image: make e2e-image"))


@pytest.fixture(scope="session")
def cloud() -> Iterator[LocalCloud]:
    """AWS on this machine; no container and no volume is left of it."""
    before = _left()
    with LocalCloud() as cloud:
        yield cloud
    assert _left() - before == set()


@pytest.fixture(autouse=True)
def nothing_on_a_disk(request: pytest.FixtureRequest, afterwards: Afterwards) -> None:
    """See to it that a task that could end by itself leaves nothing of the database on its disk."""
    if "stack" in request.fixturenames:
        stack: Deployment = request.getfixturevalue("stack")
        afterwards(lambda: _nothing_but_the_cache(stack))


def _nothing_but_the_cache(stack: Deployment) -> None:
    assert set(stack.cloud.fargate.left()) <= {_STAYS}


def _left() -> set[str]:
    containers, volumes = docker("ps", "--all", "--quiet"), docker("volume", "ls", "--quiet")
    return {*containers.split(), *volumes.split()}
