"""One cloud with one stack for all of these tests: what one did is the past of the next."""

from collections.abc import Iterator

import pytest

from localcloud.cloud import LocalCloud
from localcloud.deployment import Deployment
from tests.support.afterwards import Afterwards


@pytest.fixture(scope="session")
def cloud() -> Iterator[LocalCloud]:
    """AWS on this machine."""
    with LocalCloud() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def deployed(cloud: LocalCloud) -> Deployment:
    """The stack, with one backup."""
    keeping = {"DailyBackups": "1", "WeeklyBackups": "0", "MonthlyBackups": "0"}
    deployment = Deployment.of(cloud, "scims", RestoreSecretArn=cloud.restore_secret, **keeping)
    deployment.fire("dump")
    return deployment


@pytest.fixture
def stack(deployed: Deployment, afterwards: Afterwards) -> Iterator[Deployment]:
    """The stack, no mail unread, and nothing left running afterwards."""
    deployed.forget_conditions()
    deployed.new_mails()
    afterwards(lambda: _nothing_is_left_running(deployed))
    yield deployed
    deployed.cloud.settle()


def _nothing_is_left_running(deployed: Deployment) -> None:
    deployed.cloud.settle()
    assert deployed.left_running() == []
