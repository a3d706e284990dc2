"""Tasks that copy: named by their backup, once for a request, and not beside another."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from scims_backup.adapters.tasks.ecs import TaskPlace
from scims_backup.adapters.tasks.ecs_copies import EcsCopies
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import NoCapacityError, TaskRefusedError
from tests.support.ecs import Ecs

BACKUP = BackupId("scims-db", "20261122T020000Z")
PLACE = TaskPlace("cluster", "scims-copy", "copy", ["subnet-1"], ["sg-1"], "ENABLED", "", "")
STARTED = {"tasks": [{"taskArn": "arn:task"}], "failures": []}


def copies(ecs: Any) -> EcsCopies:
    return EcsCopies(PLACE, ecs)


def test_a_task_is_told_its_backup_and_runs_in_its_place():
    ecs = Ecs(STARTED)
    assert copies(ecs).start(BACKUP, "7f") == "arn:task"
    (asked,) = ecs.asked
    assert asked["overrides"] == {"containerOverrides": [{"name": "copy", "command": [str(BACKUP)]}]}
    assert asked["networkConfiguration"] == PLACE.network()
    assert (asked["cluster"], asked["taskDefinition"], asked["count"]) == ("cluster", "scims-copy", 1)


def test_what_is_repeated_is_the_same_task_and_what_is_asked_anew_is_another():
    ecs = Ecs(STARTED)
    for request in ("7f", "7f", "80"):
        copies(ecs).start(BACKUP, request)
    first, again, other = (asked["clientToken"] for asked in ecs.asked)
    assert first == again != other
    assert len(first) <= 64


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"tasks": [], "failures": [{"reason": "RESOURCE:ENI"}]}, NoCapacityError),
        ({"tasks": [], "failures": [{"reason": "MISSING"}]}, TaskRefusedError),
        (ClientError({"Error": {"Code": "AccessDeniedException"}}, "RunTask"), TaskRefusedError),
    ],
)
def test_a_task_that_is_not_started_is_an_error(answer, kind):
    with pytest.raises(kind):
        copies(Ecs(answer)).start(BACKUP, "7f")


@pytest.mark.parametrize(("found", "running"), [([], None), (["arn:task"], "arn:task")])
def test_a_task_that_copies_is_seen(found, running):
    ecs = Ecs({"taskArns": found})
    assert copies(ecs).running() == running
    assert ecs.asked == [{"cluster": "cluster", "family": "scims-copy", "desiredStatus": "RUNNING"}]
