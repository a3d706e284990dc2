"""What drills ask of IAM for their servers in RDS, and must not get: name and tag limit both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tests.template.support.loading import REGION
from tests.template.support.stacks import ACCOUNT, STACK

_HERE = f"{REGION}:{ACCOUNT}"
_DB, _SECRET = f"arn:aws:rds:{_HERE}:db:", f"arn:aws:secretsmanager:{_HERE}:secret:"
_OURS, _PRODUCTION = "scims-drill-0123456789abcdef01234567", "orders"


class RdsRequest(NamedTuple):
    """One request, and in words what it is for."""

    what: str
    action: str
    resource: str
    context: Mapping[str, str]


def _new(what: str, action: str, resource: str, stack: str = STACK) -> RdsRequest:
    return RdsRequest(what, action, resource, {"aws:RequestTag/scims:stack": stack})


def _there(what: str, action: str, resource: str, stack: str = STACK) -> RdsRequest:
    return RdsRequest(what, action, resource, {"aws:ResourceTag/scims:stack": stack})


def _untagged(what: str, action: str, resource: str) -> RdsRequest:
    return RdsRequest(what, action, resource, {})


READ_PASSWORD = _there(
    "read a server's password", "secretsmanager:GetSecretValue", f"{_SECRET}{_OURS}-AbCdEf"
)
"""The one that the task may make too."""
NEEDED = [
    _new("make a server", "rds:CreateDBInstance", f"{_DB}{_OURS}"),
    _new("use a subnet group", "rds:CreateDBInstance", f"arn:aws:rds:{_HERE}:subgrp:RdsSandboxSubnets"),
    _new("use a parameter group", "rds:CreateDBInstance", f"arn:aws:rds:{_HERE}:pg:production-15"),
    _new("use RDS's options", "rds:CreateDBInstance", f"arn:aws:rds:{_HERE}:og:default:postgres-15"),
    _new("tag a server", "rds:AddTagsToResource", f"{_DB}{_OURS}"),
    _there("delete a server", "rds:DeleteDBInstance", f"{_DB}{_OURS}"),
    _untagged("look at servers", "rds:DescribeDBInstances", f"{_DB}*"),
    _untagged("choose a version", "rds:DescribeDBEngineVersions", "*"),
    _new("make a password", "secretsmanager:CreateSecret", f"{_SECRET}{_OURS}-AbCdEf"),
    _new("tag a password", "secretsmanager:TagResource", f"{_SECRET}{_OURS}-AbCdEf"),
    READ_PASSWORD,
    _there("delete a password", "secretsmanager:DeleteSecret", f"{_SECRET}{_OURS}-AbCdEf"),
    _untagged("see whether a password is there", "secretsmanager:DescribeSecret", f"{_SECRET}{_OURS}"),
    _untagged("find passwords", "secretsmanager:ListSecrets", "*"),
]
FORBIDDEN = [
    _new("make a server of another name", "rds:CreateDBInstance", f"{_DB}{_PRODUCTION}"),
    _untagged("make a server without the tag", "rds:CreateDBInstance", f"{_DB}{_OURS}"),
    _new("make a server for another stack", "rds:CreateDBInstance", f"{_DB}{_OURS}", "another"),
    _new("make a server in other subnets", "rds:CreateDBInstance", f"arn:aws:rds:{_HERE}:subgrp:default"),
    _new("use another parameter group", "rds:CreateDBInstance", f"arn:aws:rds:{_HERE}:pg:production-16"),
    _new("tag production", "rds:AddTagsToResource", f"{_DB}{_PRODUCTION}"),
    _new("tag a server for another stack", "rds:AddTagsToResource", f"{_DB}{_OURS}", "another"),
    _untagged("delete production", "rds:DeleteDBInstance", f"{_DB}{_PRODUCTION}"),
    _there("delete production that has the tag", "rds:DeleteDBInstance", f"{_DB}{_PRODUCTION}"),
    _untagged("delete a server without the tag", "rds:DeleteDBInstance", f"{_DB}{_OURS}"),
    _there("delete another stack's server", "rds:DeleteDBInstance", f"{_DB}{_OURS}", "another"),
    _there("change a server", "rds:ModifyDBInstance", f"{_DB}{_OURS}"),
    _there("take a server's tags", "rds:RemoveTagsFromResource", f"{_DB}{_OURS}"),
    _there("make a snapshot", "rds:CreateDBSnapshot", f"{_DB}{_OURS}"),
    _new("make a password of another name", "secretsmanager:CreateSecret", f"{_SECRET}{_PRODUCTION}-AbCdEf"),
    _untagged("make a password without the tag", "secretsmanager:CreateSecret", f"{_SECRET}{_OURS}-AbCdEf"),
    _new(
        "tag a password for another stack",
        "secretsmanager:TagResource",
        f"{_SECRET}{_OURS}-AbCdEf",
        "another",
    ),
    _there("delete another secret", "secretsmanager:DeleteSecret", f"{_SECRET}{_PRODUCTION}-AbCdEf"),
    _untagged("delete a secret without the tag", "secretsmanager:DeleteSecret", f"{_SECRET}{_OURS}-AbCdEf"),
    _untagged("read a secret without the tag", "secretsmanager:GetSecretValue", f"{_SECRET}{_OURS}-AbCdEf"),
    _there("change a password", "secretsmanager:PutSecretValue", f"{_SECRET}{_OURS}-AbCdEf"),
]
