"""The servers that are made for drills, as the environment of the orchestrating function says."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from scims_backup.adapters.aws.client import new_client
from scims_backup.adapters.servers.drill_secrets import DrillSecrets
from scims_backup.adapters.servers.rds import RdsServers, ServerPlace
from scims_backup.settings.sandbox_servers import SandboxServerKeys

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


def sandbox_servers(settings: SandboxServerKeys) -> RdsServers:
    """Return where servers come from."""
    place = ServerPlace(
        stack=settings.rds_stack,
        subnet_group=settings.rds_subnet_group,
        security_groups=settings.rds_security_groups,
        instance_class=settings.rds_class,
        parameter_group=settings.rds_parameter_group,
    )
    secrets = DrillSecrets(cast("SecretsManagerClient", new_client("secretsmanager")))
    return RdsServers(place, cast("RDSClient", new_client("rds")), secrets)
