"""Where copies run that do not fit into a function's time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from scims_backup.adapters.aws.client import new_client
from scims_backup.adapters.tasks.ecs import TaskPlace
from scims_backup.adapters.tasks.ecs_copies import EcsCopies
from scims_backup.settings.orchestration import WhereTasksRun
from scims_backup.settings.variables import read_variables

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


def copy_tasks(environment: Mapping[str, str]) -> EcsCopies:
    """Ready to start tasks that copy. Raise UsageError that tells all that is missing in the environment."""
    place = TaskPlace(**vars(read_variables(WhereTasksRun, environment)), log_group="", log_prefix="")
    return EcsCopies(place, cast("ECSClient", new_client("ecs")))
