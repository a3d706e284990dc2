"""What drills do in RDS, and what they must not: servers and secrets have their name and this stack's tag."""

from __future__ import annotations

from tests.template.acts.here import Act
from tests.template.acts.words import ask
from tests.template.support.stacks import STACK

_DB, _SECRET = "arn:aws:rds:{place}:db:", "arn:aws:secretsmanager:{place}:secret:"
_OURS, _PRODUCTION = "scims-drill-0123456789abcdef01234567", "orders"


def _new(action: str, resource: str, stack: str = STACK) -> Act:
    return ask(action, resource, {"aws:RequestTag/scims:stack": stack})


def _there(action: str, resource: str, stack: str = STACK) -> Act:
    return ask(action, resource, {"aws:ResourceTag/scims:stack": stack})


DRILLS_PASSWORD = _there("secretsmanager:GetSecretValue", f"{_SECRET}{_OURS}-AbCdEf")

RDS_NEEDED = [
    ("make a server", _new("rds:CreateDBInstance", f"{_DB}{_OURS}")),
    ("use a parameter group", _new("rds:CreateDBInstance", "arn:aws:rds:{place}:pg:production-15")),
    ("use RDS's options", _new("rds:CreateDBInstance", "arn:aws:rds:{place}:og:default:postgres-15")),
    ("tag a server", _new("rds:AddTagsToResource", f"{_DB}{_OURS}")),
    ("delete a server", _there("rds:DeleteDBInstance", f"{_DB}{_OURS}")),
    ("look at servers", ask("rds:DescribeDBInstances", f"{_DB}*")),
    ("choose a version", ask("rds:DescribeDBEngineVersions", "*")),
    ("make a password", _new("secretsmanager:CreateSecret", f"{_SECRET}{_OURS}-AbCdEf")),
    ("tag a password", _new("secretsmanager:TagResource", f"{_SECRET}{_OURS}-AbCdEf")),
    ("read a password that is there", DRILLS_PASSWORD),
    ("delete a password", _there("secretsmanager:DeleteSecret", f"{_SECRET}{_OURS}-AbCdEf")),
    ("see whether a password is there", ask("secretsmanager:DescribeSecret", f"{_SECRET}{_OURS}")),
    ("find passwords", ask("secretsmanager:ListSecrets", "*")),
]

RDS_FORBIDDEN = [
    ("make a server of another name", _new("rds:CreateDBInstance", f"{_DB}{_PRODUCTION}")),
    ("make a server without the tag", ask("rds:CreateDBInstance", f"{_DB}{_OURS}")),
    ("make a server for another stack", _new("rds:CreateDBInstance", f"{_DB}{_OURS}", "another")),
    ("tag production", _new("rds:AddTagsToResource", f"{_DB}{_PRODUCTION}")),
    ("delete production", ask("rds:DeleteDBInstance", f"{_DB}{_PRODUCTION}")),
    ("delete production that has the tag", _there("rds:DeleteDBInstance", f"{_DB}{_PRODUCTION}")),
    ("delete a server without the tag", ask("rds:DeleteDBInstance", f"{_DB}{_OURS}")),
    ("delete another stack's server", _there("rds:DeleteDBInstance", f"{_DB}{_OURS}", "another")),
    ("change a server", _there("rds:ModifyDBInstance", f"{_DB}{_OURS}")),
    ("make a snapshot", _there("rds:CreateDBSnapshot", f"{_DB}{_OURS}")),
    ("delete another secret", _there("secretsmanager:DeleteSecret", f"{_SECRET}{_PRODUCTION}-AbCdEf")),
    ("read a secret without the tag", ask("secretsmanager:GetSecretValue", f"{_SECRET}{_OURS}-AbCdEf")),
    ("change a password", _there("secretsmanager:PutSecretValue", f"{_SECRET}{_OURS}-AbCdEf")),
]
