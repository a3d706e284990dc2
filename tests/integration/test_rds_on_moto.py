"""Servers of drills on RDS as moto plays it: what is asked for, how often, and what is left."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from scims_backup.adapters.servers.drill_secrets import MASTER, DrillSecrets
from scims_backup.adapters.servers.rds import RdsServers, ServerPlace
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import NoCapacityError, TaskRefusedError, TasksUnreachableError
from scims_backup.domain.sandbox_server import Coming, Lost, Ready, ServerOrder

NAME = "scims-drill-0123456789abcdef01234567"
EXPIRES = datetime(2026, 11, 22, 9, tzinfo=UTC)
ORDER = ServerOrder(NAME, BackupId("scims-db", "20261122T020000Z"), "20261122T030000Z", EXPIRES, "15.19", 20)
SUBNETS = "scims-sandboxes"


@pytest.fixture(autouse=True)
def _aws(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with mock_aws():
        subnets = [one["SubnetId"] for one in boto3.client("ec2").describe_subnets()["Subnets"][:2]]
        boto3.client("rds").create_db_subnet_group(
            DBSubnetGroupName=SUBNETS, DBSubnetGroupDescription="drills", SubnetIds=subnets
        )
        yield


@pytest.fixture
def rds():
    return boto3.client("rds")


@pytest.fixture
def secrets():
    return boto3.client("secretsmanager")


@pytest.fixture
def servers(rds, secrets):
    return servers_of("scims", rds, secrets)


def servers_of(stack, rds, secrets):
    place = ServerPlace(stack, SUBNETS, ["sg-1"], "db.t4g.medium")
    return RdsServers(place, rds, DrillSecrets(secrets))


class Asked:
    """What is asked of AWS. answers: by operation, what is answered instead of what moto would."""

    def __init__(self):
        self.calls: list[tuple[str, Any]] = []
        self.answers: dict[str, Any] = {}

    def of(self, operation):
        return [parameters for name, parameters in self.calls if name == operation]


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """Listen; moto knows no engine versions."""
    asked, real = Asked(), vars(BaseClient)["_make_api_call"]
    asked.answers["DescribeDBEngineVersions"] = {"DBEngineVersions": [{"EngineVersion": "15.20"}]}

    def call(client, operation, parameters):
        asked.calls.append((operation, parameters))
        answer = asked.answers.get(operation)
        if isinstance(answer, Exception):
            raise answer
        return answer if answer is not None else real(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    return asked


def refusal(code, message="no", status=400):
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "X")


def instances(rds):
    return [one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]]


def names(secrets):
    return [one["Name"] for one in secrets.list_secrets()["SecretList"]]


def test_an_instance_is_private_encrypted_tagged_and_without_what_would_outlive_it(servers, asked, secrets):
    servers.create(ORDER)
    (wanted,) = asked.of("CreateDBInstance")
    password = json.loads(secrets.get_secret_value(SecretId=NAME)["SecretString"])["password"]
    assert wanted == {
        "DBInstanceIdentifier": NAME,
        "Engine": "postgres",
        "EngineVersion": "15.20",
        "DBInstanceClass": "db.t4g.medium",
        "AllocatedStorage": 20,
        "StorageType": "gp3",
        "StorageEncrypted": True,
        "MasterUsername": MASTER,
        "MasterUserPassword": password,
        "DBSubnetGroupName": SUBNETS,
        "VpcSecurityGroupIds": ["sg-1"],
        "PubliclyAccessible": False,
        "MultiAZ": False,
        "BackupRetentionPeriod": 0,
        "DeletionProtection": False,
        "AutoMinorVersionUpgrade": False,
        "CopyTagsToSnapshot": True,
        "Tags": [
            {"Key": "scims:drill", "Value": "scims-db-20261122T020000Z/20261122T030000Z"},
            {"Key": "scims:expires", "Value": EXPIRES.isoformat()},
            {"Key": "scims:stack", "Value": "scims"},
        ],
    }
    assert len(password) == 40


def test_an_order_that_is_repeated_is_one_instance_and_one_password(servers, asked):
    servers.create(ORDER)
    servers.create(ORDER)
    first, second = asked.of("CreateDBInstance")
    assert first["MasterUserPassword"] == second["MasterUserPassword"]


def test_an_instance_that_is_available_says_where_it_is(servers):
    assert servers.look(NAME) is None
    servers.create(ORDER)
    state = servers.look(NAME)
    assert isinstance(state, Ready)
    assert (state.address.port, state.address.secret) == (5432, NAME)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("creating", Coming),
        ("backing-up", Coming),
        ("configuring-enhanced-monitoring", Coming),
        ("available", Coming),  # without an endpoint
        ("failed", Lost),
        ("storage-full", Lost),
        ("incompatible-network", Lost),
        ("incompatible-parameters", Lost),
        ("insufficient-capacity", Lost),
        ("inaccessible-encryption-credentials", Lost),
        ("deleting", Lost),
    ],
)
def test_every_status_means_something(status, state, servers, asked):
    asked.answers["DescribeDBInstances"] = {"DBInstances": [{"DBInstanceStatus": status}]}
    assert servers.look(NAME) == state(status)


def test_an_instance_and_its_secret_are_deleted_without_a_trace_and_again_is_nothing(
    servers, rds, secrets, asked
):
    servers.create(ORDER)
    servers.delete(NAME)
    servers.delete(NAME)
    assert (instances(rds), names(secrets)) == ([], [])
    (wanted,) = asked.of("DeleteDBInstance")
    assert (wanted["SkipFinalSnapshot"], wanted["DeleteAutomatedBackups"]) == (True, True)
    (forced,) = asked.of("DeleteSecret")
    assert forced["ForceDeleteWithoutRecovery"]


def test_an_instance_that_cannot_be_deleted_does_not_keep_its_secret(servers, secrets, asked):
    servers.create(ORDER)
    asked.answers["DeleteDBInstance"] = refusal("AccessDenied", status=403)
    with pytest.raises(TaskRefusedError, match="cannot be deleted"):
        servers.delete(NAME)
    assert names(secrets) == []


def test_what_has_expired_is_found_by_name_and_tags_alone(servers, rds, secrets):
    servers.create(ORDER)
    servers_of("another", rds, secrets).create(
        ServerOrder("scims-drill-other", ORDER.backup, ORDER.drill, EXPIRES, "15.19", 20)
    )
    secrets.create_secret(Name="scims-drill-mine", SecretString="x")
    for name in ("scims-drill-orders", "orders"):
        rds.create_db_instance(
            DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.t4g.medium", AllocatedStorage=20
        )
    assert servers.expired(EXPIRES - timedelta(seconds=1)) == []
    (found,) = servers.expired(EXPIRES)
    assert str(found) == f"server {NAME}"


def test_a_secret_whose_instance_was_never_made_expires_too(servers, asked):
    asked.answers["CreateDBInstance"] = refusal("InvalidParameterValue", "MasterUserPassword is not valid")
    with pytest.raises(TaskRefusedError, match="MasterUserPassword"):
        servers.create(ORDER)
    (found,) = servers.expired(EXPIRES)
    assert str(found) == f"secret {NAME}"


REFUSALS = [
    ("InsufficientDBInstanceCapacity", NoCapacityError, "RdsSandboxClass"),
    ("InstanceQuotaExceeded", NoCapacityError, "quota"),
    ("StorageQuotaExceeded", NoCapacityError, "quota"),
    ("Throttling", NoCapacityError, "tried again"),
    ("DBSubnetGroupDoesNotCoverEnoughAZs", TaskRefusedError, "RdsSandboxSubnetIds"),
    ("DBParameterGroupNotFound", TaskRefusedError, "RdsSandboxParameterGroup"),
    ("KMSKeyNotAccessibleFault", TaskRefusedError, "aws/rds"),
    ("AccessDenied", TaskRefusedError, "rds:CreateDBInstance"),
    ("InvalidParameterValue", TaskRefusedError, "RdsSandbox"),
]


@pytest.mark.parametrize(("code", "kind", "cure"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_every_refusal_has_a_kind_and_a_cure(code, kind, cure, servers, asked):
    asked.answers["CreateDBInstance"] = refusal(code, status=403 if code == "AccessDenied" else 400)
    with pytest.raises(kind) as refused:
        servers.create(ORDER)
    assert cure in refused.value.cure
    assert code in refused.value.message


def test_the_missing_role_of_rds_has_its_cure(servers, asked):
    text = "Unable to create the resource. Verify that you have permission to create service linked role."
    asked.answers["CreateDBInstance"] = refusal("InvalidParameterValue", text)
    with pytest.raises(TaskRefusedError) as refused:
        servers.create(ORDER)
    assert "create-service-linked-role" in refused.value.cure


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="http://rds"), refusal("InternalFailure", status=500)]
)
def test_silence_leaves_open_whether_there_is_an_instance(error, servers, asked):
    asked.answers["CreateDBInstance"] = error
    with pytest.raises(TasksUnreachableError):
        servers.create(ORDER)


def test_a_major_version_that_rds_does_not_have_is_refused(servers, asked, secrets):
    asked.answers["DescribeDBEngineVersions"] = {"DBEngineVersions": [{"EngineVersion": "16.13"}]}
    with pytest.raises(TaskRefusedError, match=r"15\.19"):
        servers.create(ORDER)
    assert names(secrets) == []
