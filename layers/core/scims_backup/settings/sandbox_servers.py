"""What drills restore to: a sandbox that the task makes itself, or a server of RDS that is made for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scims_backup.domain.errors import UsageError
from scims_backup.ports.settings_keys import Keys, Written, key


class SandboxKind(StrEnum):
    """Where the databases of drills are."""

    FARGATE = "fargate"
    RDS = "rds"


def _kind(written: Written) -> SandboxKind:
    try:
        return SandboxKind(written.text())
    except ValueError:
        raise UsageError(f"{written} is invalid: {written.text()!r}", "write fargate or rds") from None


def _names(written: Written) -> tuple[str, ...]:
    return tuple(name.strip() for name in written.text().split(",") if name.strip())


@dataclass(frozen=True, kw_only=True)
class SandboxServerKeys(Keys):
    """The variables about servers that are made for drills of the stack's first source."""

    sandbox_kind: SandboxKind = key(
        _kind,
        "where drills restore to: fargate or rds",
        default=SandboxKind.FARGATE,
        variable="SCIMS_SANDBOX_KIND",
    )
    rds_subnet_group: str = key(
        Written.text, "subnet group of the servers", default="", variable="SCIMS_RDS_SUBNET_GROUP"
    )
    rds_security_groups: tuple[str, ...] = key(
        _names, "their security groups, with commas", default=(), variable="SCIMS_RDS_SECURITY_GROUPS"
    )
    rds_class: str = key(Written.text, "their class", default="", variable="SCIMS_RDS_CLASS")
    rds_parameter_group: str = key(
        Written.text,
        "their parameter group; RDS's own by default",
        default="",
        variable="SCIMS_RDS_PARAMETER_GROUP",
    )
    rds_stack: str = key(
        Written.text, "the stack's name, which their tags say", default="", variable="SCIMS_RDS_STACK"
    )

    def missing_of_servers(self) -> list[str]:
        """Return the variables that servers of RDS need and that are not set."""
        needed = {
            "SCIMS_RDS_SUBNET_GROUP": self.rds_subnet_group,
            "SCIMS_RDS_SECURITY_GROUPS": self.rds_security_groups,
            "SCIMS_RDS_CLASS": self.rds_class,
            "SCIMS_RDS_STACK": self.rds_stack,
        }
        return [name for name, value in needed.items() if self.sandbox_kind is SandboxKind.RDS and not value]
