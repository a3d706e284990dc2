"""Servers of RDS for PostgreSQL that live as long as one drill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scims_backup.adapters.servers.drill_secrets import MASTER, DrillSecrets
from scims_backup.adapters.servers.rds_errors import asking
from scims_backup.domain.drill_tags import DRILL_TAG, DrillTags, drill_tag
from scims_backup.domain.errors import TaskRefusedError
from scims_backup.domain.sandbox_server import (
    PREFIX,
    Coming,
    Expired,
    Lost,
    Ready,
    ServerAddress,
    ServerOrder,
    ServerState,
    version_for,
)

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_rds.type_defs import CreateDBInstanceMessageTypeDef, DBInstanceTypeDef

_ENGINE = "postgres"
_AVAILABLE, _GOING = "available", "deleting"
_LOST = frozenset(
    {
        "failed",
        "inaccessible-encryption-credentials",
        "insufficient-capacity",
        "restore-error",
        "storage-full",
        "stopped",
        "stopping",
        _GOING,
    }
)
_LOST_PREFIX = "incompatible-"


@dataclass(frozen=True)
class ServerPlace:
    """Where servers are made, and of what kind.

    stack: whose drills they are for.
    parameter_group: '' for RDS's own.
    """

    stack: str
    subnet_group: str
    security_groups: Sequence[str]
    instance_class: str
    parameter_group: str = ""


class RdsServers:
    """Instances and their secrets; implements ports.SandboxServers."""

    def __init__(self, place: ServerPlace, rds: RDSClient, secrets: DrillSecrets) -> None:
        self._place, self._rds, self._secrets = place, rds, secrets

    def create(self, order: ServerOrder) -> None:
        """Make the secret, and begin to make the instance; one that is there is not asked for again."""
        version = self._version(order)
        tags = self._tags(order)
        password = self._secrets.password(order.name, tags)
        wanted = self._wanted(order, version, password, tags)
        with asking(f"server {order.name} cannot be made", "rds:CreateDBInstance"):
            try:
                self._rds.create_db_instance(**wanted)
            except self._rds.exceptions.DBInstanceAlreadyExistsFault:
                return

    def look(self, name: str) -> ServerState | None:
        """Say what became of an instance."""
        found = self._found(name)
        if found is None:
            return None
        status, endpoint = found["DBInstanceStatus"], found.get("Endpoint", {})
        if status in _LOST or status.startswith(_LOST_PREFIX):
            return Lost(status)
        if status == _AVAILABLE and "Address" in endpoint:
            return Ready(ServerAddress(endpoint["Address"], endpoint.get("Port", 5432), name))
        return Coming(status)

    def delete(self, name: str) -> None:
        """Begin to delete the instance, without a snapshot, and delete its secret."""
        try:
            self._delete_instance(name)
        finally:
            self._secrets.delete(name)

    def expired(self, now: datetime) -> Sequence[Expired]:
        """Return the instances and secrets of this stack's drills that have expired, each name once."""
        secrets = {name: Expired("secret", name, when) for name, when in self._old_secrets(now)}
        servers = {name: Expired("server", name, when) for name, when in self._old_instances(now)}
        return list({**secrets, **servers}.values())

    def _delete_instance(self, name: str) -> None:
        found = self._found(name)
        if found is None or found["DBInstanceStatus"] == _GOING:
            return
        with asking(f"server {name} cannot be deleted", "rds:DeleteDBInstance"):
            self._rds.delete_db_instance(
                DBInstanceIdentifier=name, SkipFinalSnapshot=True, DeleteAutomatedBackups=True
            )

    def _found(self, name: str) -> DBInstanceTypeDef | None:
        with asking(f"server {name} cannot be described", "rds:DescribeDBInstances"):
            try:
                found = self._rds.describe_db_instances(DBInstanceIdentifier=name)
            except self._rds.exceptions.DBInstanceNotFoundFault:
                return None
        return found["DBInstances"][0]

    def _version(self, order: ServerOrder) -> str:
        """Choose an engine version that RDS makes new instances of."""
        with asking("the versions of RDS cannot be listed", "rds:DescribeDBEngineVersions"):
            pages = self._rds.get_paginator("describe_db_engine_versions").paginate(Engine=_ENGINE)
            offered = [one["EngineVersion"] for page in pages for one in page["DBEngineVersions"]]
        version = version_for(order.version, offered)
        if version is None:
            raise TaskRefusedError(
                f"RDS offers no PostgreSQL of the source's major version ({order.version})",
                "drill with SandboxKind=fargate",
            )
        return version

    def _wanted(
        self, order: ServerOrder, version: str, password: str, tags: Mapping[str, str]
    ) -> CreateDBInstanceMessageTypeDef:
        place = self._place
        wanted: CreateDBInstanceMessageTypeDef = {
            "DBInstanceIdentifier": order.name,
            "Engine": _ENGINE,
            "EngineVersion": version,
            "DBInstanceClass": place.instance_class,
            "AllocatedStorage": order.gib,
            "StorageType": "gp3",
            "StorageEncrypted": True,
            "MasterUsername": MASTER,
            "MasterUserPassword": password,
            "DBSubnetGroupName": place.subnet_group,
            "VpcSecurityGroupIds": list(place.security_groups),
            "PubliclyAccessible": False,
            "MultiAZ": False,
            "BackupRetentionPeriod": 0,
            "DeletionProtection": False,
            "AutoMinorVersionUpgrade": False,
            "CopyTagsToSnapshot": True,
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        return {**wanted, "DBParameterGroupName": place.parameter_group} if place.parameter_group else wanted

    def _tags(self, order: ServerOrder) -> Mapping[str, str]:
        return DrillTags(drill_tag(order.backup, order.drill), order.expires, self._place.stack).written()

    def _old_secrets(self, now: datetime) -> Iterator[tuple[str, datetime]]:
        for name, tags in self._secrets.tagged(DRILL_TAG):
            yield from self._if_old(name, tags, now)

    def _old_instances(self, now: datetime) -> Iterator[tuple[str, datetime]]:
        with asking("the servers of drills cannot be listed", "rds:DescribeDBInstances"):
            for page in self._rds.get_paginator("describe_db_instances").paginate():
                for one in page["DBInstances"]:
                    if one["DBInstanceStatus"] != _GOING:
                        tags = {tag.get("Key", ""): tag.get("Value", "") for tag in one.get("TagList", [])}
                        yield from self._if_old(one["DBInstanceIdentifier"], tags, now)

    def _if_old(self, name: str, tags: Mapping[str, str], now: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield what has our name, our tags and an expiry that is over."""
        found = DrillTags.among(tags) if name.startswith(PREFIX) else None
        if found is None or found.expires is None or found.stack != self._place.stack:
            return
        if found.have_expired(now):
            yield name, found.expires
