"""What the function that orchestrates drills works with, from its environment; and where tasks run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain.after_restore import AfterRestore
from scims_backup.domain.errors import UsageError
from scims_backup.domain.problems import Problems
from scims_backup.ports.settings_keys import Keys, Written, key
from scims_backup.settings.after_restore import AFTER_RESTORE_SQL
from scims_backup.settings.sandbox_servers import SandboxServerKeys
from scims_backup.settings.stack_sources import StackSources
from scims_backup.settings.variables import CATALOG, read_catalog_in_s3, read_variables

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_GIVEN = "set it to the value that template.yaml sets for the function"


def _names(written: Written) -> tuple[str, ...]:
    return tuple(name.strip() for name in written.text().split(",") if name.strip())


def _public_ip(written: Written) -> Literal["ENABLED", "DISABLED"]:
    return "ENABLED" if written.text() == "ENABLED" else "DISABLED"


def _after_restore(written: Written) -> AfterRestore:
    return AfterRestore.of(written.text())


def _span(unit: timedelta) -> Callable[[Written], timedelta]:
    def read(written: Written) -> timedelta:
        try:
            span = float(written.text()) * unit
        except (ValueError, OverflowError):
            span = timedelta()
        if span <= timedelta():
            raise UsageError(f"{written} is invalid: {written.text()!r}", "write a number greater than 0")
        return span

    return read


_DISABLED: Literal["ENABLED", "DISABLED"] = "DISABLED"


@dataclass(frozen=True, kw_only=True)
class WhereTasksRun(Keys):
    """The variables that say where tasks run."""

    cluster: str = key(
        Written.text, "ARN of the cluster", default="", variable="SCIMS_CLUSTER", missing=_GIVEN
    )
    task_definition: str = key(
        Written.text,
        "family of the task definition",
        default="",
        variable="SCIMS_TASK_DEFINITION",
        missing=_GIVEN,
    )
    container: str = key(
        Written.text, "name of the container", default="", variable="SCIMS_CONTAINER", missing=_GIVEN
    )
    subnets: tuple[str, ...] = key(
        _names, "subnets, with commas", default=(), variable="SCIMS_SUBNETS", missing=_GIVEN
    )
    security_groups: tuple[str, ...] = key(
        _names, "security groups, with commas", default=(), variable="SCIMS_SECURITY_GROUPS", missing=_GIVEN
    )
    assign_public_ip: Literal["ENABLED", "DISABLED"] = key(
        _public_ip, "whether tasks get a public address", default=_DISABLED, variable="SCIMS_ASSIGN_PUBLIC_IP"
    )


@dataclass(frozen=True, kw_only=True)
class WhereLoggedTasksRun(WhereTasksRun):
    """The variables that say where tasks run, and where what they write is kept."""

    log_group: str = key(
        Written.text, "the tasks' log group", default="", variable="SCIMS_LOG_GROUP", missing=_GIVEN
    )


@dataclass(frozen=True, kw_only=True)
class WhereDumpsRun(Keys):
    """The variables that say where dumps run that are too long for a function: in reach of the source."""

    dump_task_definition: str = key(
        Written.text,
        "family of the task definition of dumps",
        default="",
        variable="SCIMS_DUMP_TASK_DEFINITION",
        missing=_GIVEN,
    )
    dump_container: str = key(
        Written.text,
        "name of their container, and prefix of their streams",
        default="",
        variable="SCIMS_DUMP_CONTAINER",
        missing=_GIVEN,
    )
    dump_subnets: tuple[str, ...] = key(
        _names,
        "subnets of dumps, with commas",
        default=(),
        variable="SCIMS_DUMP_SUBNETS",
        missing=_GIVEN,
    )
    dump_security_groups: tuple[str, ...] = key(
        _names,
        "security groups of dumps, with commas",
        default=(),
        variable="SCIMS_DUMP_SECURITY_GROUPS",
        missing=_GIVEN,
    )
    dump_assign_public_ip: Literal["ENABLED", "DISABLED"] = key(
        _public_ip,
        "whether dumps get a public address",
        default=_DISABLED,
        variable="SCIMS_DUMP_ASSIGN_PUBLIC_IP",
    )
    dump_log_group: str = key(
        Written.text, "log group of dumps", default="", variable="SCIMS_DUMP_LOG_GROUP", missing=_GIVEN
    )


@dataclass(frozen=True, kw_only=True)
class Orchestration(SandboxServerKeys, WhereDumpsRun, WhereLoggedTasksRun, StackSources):
    """The variables of the function that orchestrates drills; None where nothing is promised."""

    catalog: S3Place = key(
        read_catalog_in_s3,
        "where backups and drills are recorded",
        default=S3Place(""),
        variable="SCIMS_CATALOG",
        missing=CATALOG,
    )
    log_prefix: str = key(
        Written.text, "prefix of the tasks' streams", default="", variable="SCIMS_LOG_PREFIX", missing=_GIVEN
    )
    patience: timedelta = key(
        _span(_HOUR), "hours to wait for a report", default=6 * _HOUR, variable="SCIMS_DRILL_HOURS"
    )
    backup_age: timedelta | None = key(
        _span(_HOUR), "hours: how old the newest backup may be", variable="SCIMS_RPO_HOURS"
    )
    proof_age: timedelta | None = key(
        _span(_DAY), "days: how old the newest proof may be", variable="SCIMS_PROOF_AGE_DAYS"
    )
    after_restore: AfterRestore = key(
        _after_restore,
        "the SQL that drills run, to see whether the newest proof ran another",
        default=AfterRestore(),
        variable=AFTER_RESTORE_SQL,
    )
    copies: str | None = key(Written.text, "address of the second copies' catalog", variable="SCIMS_COPIES")
    copy_age: timedelta | None = key(
        _span(_DAY), "days: how old the newest copied backup may be", variable="SCIMS_COPY_AGE_DAYS"
    )


def orchestration_in(environment: Mapping[str, str]) -> Orchestration:
    """Read the settings. Raise UsageError with everything that is missing or wrong."""
    read = read_variables(Orchestration, environment)
    problems = Problems()
    for variable in read.missing_of_servers():
        problems.add(f"{variable} is not set", _GIVEN)
    problems.raise_any()
    return read
