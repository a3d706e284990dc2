"""What the function that orchestrates drills is told by its environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Literal

from scims_backup.adapters.s3.place import Place
from scims_backup.domain.backup import checked_source_name
from scims_backup.domain.errors import UsageError
from scims_backup.settings.places import s3_place
from scims_backup.settings.problems import Problems

_DRILL_HOURS = "6"


@dataclass(frozen=True)
class Orchestration:
    """Where drills run, and what the deployment promises itself.

    patience: how long a drill's report is waited for; backup_age, proof_age: None where nothing is promised.
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


def orchestration_in(environment: Mapping[str, str]) -> Orchestration:
    """Read the settings. Raise UsageError that tells everything missing or wrong at once."""
    problems = Problems()
    read = partial(_text, environment, problems)
    settings = Orchestration(
        source=problems.attempt(partial(checked_source_name, read("SCIMS_SOURCE")), ""),
        catalog=problems.attempt(
            partial(s3_place, read("SCIMS_CATALOG"), "SCIMS_CATALOG"), Place("unknown", "")
        ),
        cluster=read("SCIMS_CLUSTER"),
        task_definition=read("SCIMS_TASK_DEFINITION"),
        container=read("SCIMS_CONTAINER"),
        subnets=_names(read("SCIMS_SUBNETS")),
        security_groups=_names(read("SCIMS_SECURITY_GROUPS")),
        assign_public_ip="ENABLED" if environment.get("SCIMS_ASSIGN_PUBLIC_IP") == "ENABLED" else "DISABLED",
        log_group=read("SCIMS_LOG_GROUP"),
        log_prefix=read("SCIMS_LOG_PREFIX"),
        patience=_hours(environment, problems, "SCIMS_DRILL_HOURS", _DRILL_HOURS) or timedelta(),
        backup_age=_hours(environment, problems, "SCIMS_RPO_HOURS"),
        proof_age=_days(environment, problems, "SCIMS_PROOF_AGE_DAYS"),
    )
    problems.raise_any()
    return settings


def _text(environment: Mapping[str, str], problems: Problems, name: str) -> str:
    value = environment.get(name, "")
    if not value:
        problems.add(f"{name} is not set", "set it in the function's environment (template.yaml)")
    return value


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _hours(
    environment: Mapping[str, str], problems: Problems, name: str, default: str = ""
) -> timedelta | None:
    return _span(environment, problems, name, lambda number: timedelta(hours=number), default)


def _days(environment: Mapping[str, str], problems: Problems, name: str) -> timedelta | None:
    return _span(environment, problems, name, lambda number: timedelta(days=number), "")


def _span(
    environment: Mapping[str, str],
    problems: Problems,
    name: str,
    of: Callable[[float], timedelta],
    default: str,
) -> timedelta | None:
    text = environment.get(name) or default
    return problems.attempt(lambda: _positive(text, name, of), None) if text else None


def _positive(text: str, name: str, of: Callable[[float], timedelta]) -> timedelta:
    try:
        span = of(float(text))
    except (ValueError, OverflowError):
        span = timedelta()
    if span <= timedelta():
        raise UsageError(f"{name} is not usable: {text!r}", "write a number greater than 0")
    return span
