"""What the function that orchestrates drills is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypedDict

from scims_backup.adapters.s3.place import Place
from scims_backup.domain.after_restore import AfterRestore
from scims_backup.domain.errors import UsageError
from scims_backup.settings.after_restore import AS_TEXT
from scims_backup.settings.problems import Problems
from scims_backup.settings.variables import Variables

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_PATIENCE = 6 * _HOUR


@dataclass(frozen=True)
class Orchestration:
    """Where drills run, and what the deployment promises itself.

    patience: how long a drill's report is waited for; backup_age, proof_age: None where nothing is promised;
    after_restore: what drills run, so that it is seen whether the newest proof was with another; copies:
    address of the catalog of second copies, None where none are made; copy_age: as the other ages.
    """

    source: str
    catalog: Place
    cluster: str
    task_definition: str
    container: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    assign_public_ip: Literal["ENABLED", "DISABLED"]
    log_group: str
    log_prefix: str
    patience: timedelta
    backup_age: timedelta | None
    proof_age: timedelta | None
    after_restore: AfterRestore
    copies: str | None = None
    copy_age: timedelta | None = None


def orchestration_in(environment: Mapping[str, str]) -> Orchestration:
    """Read the settings. Raise UsageError that tells everything missing or wrong at once."""
    variables = Variables(environment, Problems())
    settings = Orchestration(
        source=variables.source(),
        catalog=variables.catalog(),
        **where_tasks_run(variables),
        log_group=_given(variables, "SCIMS_LOG_GROUP"),
        log_prefix=_given(variables, "SCIMS_LOG_PREFIX"),
        patience=_span(variables, "SCIMS_DRILL_HOURS", _HOUR) or _PATIENCE,
        backup_age=_span(variables, "SCIMS_RPO_HOURS", _HOUR),
        proof_age=_span(variables, "SCIMS_PROOF_AGE_DAYS", _DAY),
        after_restore=AfterRestore.of(environment.get(AS_TEXT, "")),
        copies=environment.get("SCIMS_COPIES") or None,
        copy_age=_span(variables, "SCIMS_COPY_AGE_DAYS", _DAY),
    )
    variables.problems.raise_any()
    return settings


class WhereTasksRun(TypedDict):
    """Where tasks run: arn of the cluster, task definition's family, container and network."""

    cluster: str
    task_definition: str
    container: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    assign_public_ip: Literal["ENABLED", "DISABLED"]


def where_tasks_run(variables: Variables) -> WhereTasksRun:
    """Read where tasks run; what is missing becomes a problem of the variables."""
    is_public = variables.environment.get("SCIMS_ASSIGN_PUBLIC_IP") == "ENABLED"
    return {
        "cluster": _given(variables, "SCIMS_CLUSTER"),
        "task_definition": _given(variables, "SCIMS_TASK_DEFINITION"),
        "container": _given(variables, "SCIMS_CONTAINER"),
        "subnets": _names(_given(variables, "SCIMS_SUBNETS")),
        "security_groups": _names(_given(variables, "SCIMS_SECURITY_GROUPS")),
        "assign_public_ip": "ENABLED" if is_public else "DISABLED",
    }


def _given(variables: Variables, name: str) -> str:
    """Return a variable that template.yaml gives."""
    return variables.needed(name, "the value that template.yaml sets for the function")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _span(variables: Variables, name: str, unit: timedelta) -> timedelta | None:
    """Return so many units of time; None if the variable is not set."""
    text = variables.environment.get(name)
    return variables.problems.attempt(lambda: _positive(text, name, unit), None) if text else None


def _positive(text: str, name: str, unit: timedelta) -> timedelta:
    try:
        span = float(text) * unit
    except (ValueError, OverflowError):
        span = timedelta()
    if span <= timedelta():
        raise UsageError(f"{name} is invalid: {text!r}", "write a number greater than 0")
    return span
