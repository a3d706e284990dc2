"""Where copies run that do not fit into a function's time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from scims_backup.adapters.aws.client import new_client
from scims_backup.adapters.tasks.ecs import TaskPlace
from scims_backup.adapters.tasks.ecs_copies import EcsCopies
from scims_backup.settings.orchestration import where_tasks_run
from scims_backup.settings.problems import Problems
from scims_backup.settings.variables import Variables

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


def copy_tasks(environment: Mapping[str, str]) -> EcsCopies:
    """Ready to start tasks that copy. Raise UsageError that tells all that is missing in the environment."""
    variables = Variables(environment, Problems())
    place = TaskPlace(**where_tasks_run(variables), log_group="", log_prefix="")
    variables.problems.raise_any()
    return EcsCopies(place, cast("ECSClient", new_client("ecs")))
