"""Where restores run that do not fit into a function's time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from scims_backup.adapters.aws.client import new_client
from scims_backup.adapters.tasks.ecs import TaskPlace
from scims_backup.adapters.tasks.ecs_restores import EcsRestores
from scims_backup.ports.settings_keys import keys_of
from scims_backup.settings.orchestration import WhereLoggedTasksRun
from scims_backup.settings.variables import read_variables

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


def restore_tasks(environment: Mapping[str, str]) -> EcsRestores | None:
    """Ready to start tasks that restore; None where the environment does not say where tasks run.

    That is so outside of AWS: what SAM does not know there comes out blank.
    """
    needed = (key.variable for key in keys_of(WhereLoggedTasksRun) if key.missing)
    if not all(map(environment.get, needed)):
        return None
    where = read_variables(WhereLoggedTasksRun, environment)
    place = TaskPlace(**vars(where), log_prefix=where.container)
    return EcsRestores(place, cast("ECSClient", new_client("ecs")))
