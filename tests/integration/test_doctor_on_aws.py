"""What `doctor` finds on AWS: buckets and a stack on LocalStack, with a function on moto."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import boto3
import pytest

from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.notifiers.sns import SnsTopic
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.stacks.cloudformation import FUNCTION, SCHEDULE, TOPIC, Stack
from scims_backup.bootstrap import examination_aws
from scims_backup.bootstrap.clock_and_ids import clock
from scims_backup.cli.main import run
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.verdict import Verdict
from scims_backup.ports import Subscription
from tests.fakes import put_drill
from tests.support.doctor import examined
from tests.support.s3.vaults import S3Playground

OF_BUCKETS = {
    *("catalog-bucket-versioning", "catalog-bucket-encryption", "catalog-bucket-public-access"),
    *("catalog-bucket-notification", "vault-bucket-versioning"),
    *("catalog-bucket-undelete", "vault-bucket-undelete"),
}
LOCKS = {"catalog-bucket-object-lock", "vault-bucket-object-lock"}
OF_STACK = {"stack", "schedule", "functions", "subscriptions"}
WITHOUT_STACK = {"schedule", "functions", "subscriptions", "catalog-bucket-notification"}
ROLE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
SCHEDULED = {
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "ScheduleExpression": "cron(0 2 * * ? *)",
    "Target": {
        "Arn": "arn:aws:lambda:us-east-1:000000000000:function:dump",
        "RoleArn": "arn:aws:iam::000000000000:role/scheduler",
    },
}
SUBSCRIPTION = {"Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:000000000000:alerts"}


@dataclass(frozen=True)
class Account:
    """A catalog and a vault in buckets, with a proven backup, and a stack: all is well."""

    environment: dict[str, str]
    name: str
    catalog: str
    vault: str
    client: Callable[[str], Any]


def _stack(client, name):
    """Make a stack with a schedule and a topic."""
    resources = {
        "Schedule": {"Type": SCHEDULE, "Properties": {"Name": name, **SCHEDULED}},
        "Topic": {"Type": TOPIC, "Properties": {"TopicName": name, "Subscription": [SUBSCRIPTION]}},
    }
    formation = client("cloudformation")
    formation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def _function(moto, name):
    """Make a function, which LocalStack cannot here."""
    role = _client(moto, "iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ROLE))
    code = BytesIO()
    with ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): pass")
    _client(moto, "lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="index.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": code.getvalue()},
    )


def _client(server, service):
    secrets = {"aws_access_key_id": server.access_key, "aws_secret_access_key": server.secret_key}
    return boto3.client(service, endpoint_url=server.url, region_name=server.region, **secrets)


@pytest.fixture(scope="module")
def account(server, localstack, moto, tmp_path_factory) -> Iterator[Account]:
    name = f"doctor-{uuid.uuid4().hex[:8]}"
    client = partial(_client, localstack)
    _stack(client, name)
    _function(moto, name)
    place = S3Playground(localstack, tmp_path_factory.mktemp("doctor"), versioned=True, undelete_days=30)
    place.look.put_bucket_notification_configuration(
        Bucket=place.place.bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    vault = localstack.new_bucket(versioned=True, undelete_days=30)
    environment = {
        **localstack.environment(),
        "AWS_ENDPOINT_URL_LAMBDA": moto.url,
        "SCIMS_SOURCE": "scims-db",
        "SCIMS_SOURCE_URL": server.create_database(name),
        "SCIMS_CATALOG": f"s3://{place.place.bucket}",
        "SCIMS_VAULT": f"s3://{vault}",
        "SCIMS_POSTGRESQL_BIN": str(server.programs),
    }
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in environment.items():
            patch.setenv(variable, value)
        patch.setattr(Stack, "listed", _with(FUNCTION, name))
        _proven_backup(environment, S3Catalog(place.client(), S3Place(place.place.bucket)))
        yield Account(environment, name, place.place.bucket, vault, client)
    server.drop_database(name)


def _with(kind, name):
    """The listing of a stack with one thing more."""
    listed = Stack.listed
    return lambda stack: [*listed(stack), (name, kind)]


def _proven_backup(environment, catalog):
    now = clock()
    arguments = ["backup", "--quiet", "--level", "counts", "--scheduled", now.isoformat()]
    assert run(arguments, environment) == 0
    put_drill(catalog, BackupId("scims-db", stamp_of(now)), stamp_of(now), Verdict.PASSED)


def test_where_all_is_well_every_check_is_fine(account, capsys):
    diagnosis = examined(capsys, account.environment, "--stack", account.name)
    assert (diagnosis.code, diagnosis.ended("problem"), diagnosis.ended("not-checked")) == (0, set(), set())
    assert diagnosis.ended("fine") >= OF_BUCKETS | OF_STACK
    assert len(diagnosis.of("clock")) == 2


def test_without_a_stack_what_belongs_to_one_is_not_checked(account, capsys):
    diagnosis = examined(capsys, account.environment)
    assert (diagnosis.ended("problem"), diagnosis.ended("not-checked")) == (set(), WITHOUT_STACK)
    assert {one["message"] for name in WITHOUT_STACK for one in diagnosis.of(name)} == {"no stack is named"}


def test_a_stack_may_be_named_by_a_variable_and_one_that_is_not_there_is_found(account, capsys):
    diagnosis = examined(capsys, account.environment | {"SCIMS_STACK": "nonesuch"})
    assert diagnosis.found("stack", "does not exist", "check the stack's name")
    assert (diagnosis.ended("problem"), diagnosis.ended("not-checked")) == ({"stack"}, OF_STACK - {"stack"})


@pytest.mark.parametrize("which", ["catalog", "vault"])
def test_a_bucket_without_versioning_is_found(account, capsys, which):
    bucket = getattr(account, which)
    _set_versioning(account, bucket, "Suspended")
    try:
        diagnosis = examined(capsys, account.environment)
    finally:
        _set_versioning(account, bucket, "Enabled")
    assert diagnosis.found(
        f"{which}-bucket-versioning", f"{bucket}: versioning is not enabled", "put-bucket-versioning"
    )
    assert diagnosis.ended("problem") == {f"{which}-bucket-versioning"}


@pytest.mark.parametrize("which", ["catalog", "vault"])
def test_a_bucket_whose_older_versions_never_expire_is_found(account, localstack, capsys, which):
    bucket = getattr(account, which)
    account.client("s3").delete_bucket_lifecycle(Bucket=bucket)
    try:
        diagnosis = examined(capsys, account.environment)
    finally:
        localstack.expire(bucket, 30)
    assert diagnosis.found(f"{which}-bucket-undelete", bucket, "put-bucket-lifecycle-configuration")
    assert diagnosis.ended("problem") == {f"{which}-bucket-undelete"}


def _set_versioning(account, bucket, status):
    account.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def test_a_notification_that_is_off_is_found(account, capsys):
    _set_notification(account, {})
    try:
        diagnosis = examined(capsys, account.environment, "--stack", account.name)
    finally:
        _set_notification(account, {"EventBridgeConfiguration": {}})
    assert diagnosis.found(
        "catalog-bucket-notification", account.catalog, "put-bucket-notification-configuration"
    )
    assert diagnosis.ended("problem") == {"catalog-bucket-notification"}


def _set_notification(account, configuration):
    account.client("s3").put_bucket_notification_configuration(
        Bucket=account.catalog, NotificationConfiguration=configuration
    )


def test_public_access_that_is_not_blocked_is_found(account, capsys):
    blocked = account.client("s3").get_public_access_block(Bucket=account.catalog)[
        "PublicAccessBlockConfiguration"
    ]
    account.client("s3").delete_public_access_block(Bucket=account.catalog)
    try:
        diagnosis = examined(capsys, account.environment)
    finally:
        account.client("s3").put_public_access_block(
            Bucket=account.catalog, PublicAccessBlockConfiguration=blocked
        )
    assert diagnosis.found("catalog-bucket-public-access", "BlockPublicAcls", "put-public-access-block")
    assert diagnosis.ended("problem") == {"catalog-bucket-public-access"}


def test_a_schedule_that_is_disabled_is_found(account, capsys):
    scheduler = account.client("scheduler")
    scheduler.update_schedule(Name=account.name, State="DISABLED", **SCHEDULED)
    try:
        diagnosis = examined(capsys, account.environment, "--stack", account.name)
    finally:
        scheduler.update_schedule(Name=account.name, State="ENABLED", **SCHEDULED)
    assert diagnosis.found("schedule", f"{account.name}: is DISABLED", "--state ENABLED")
    assert diagnosis.ended("problem") == {"schedule"}


def test_a_function_that_is_gone_is_found(account, monkeypatch, capsys):
    monkeypatch.setattr(Stack, "listed", _with(FUNCTION, "nonesuch"))
    diagnosis = examined(capsys, account.environment, "--stack", account.name)
    assert diagnosis.found("functions", "nonesuch: is gone", "deploy the stack again")
    assert [one["state"] for one in diagnosis.of("functions")] == ["fine", "problem"]


def test_a_subscription_that_is_not_confirmed_is_found(account, monkeypatch, capsys):
    confirmed = SnsTopic.read
    # LocalStack's list of a topic's subscriptions does not tell which wait for their confirmation
    otto = Subscription("email", "otto@example.org", confirmed=False)
    monkeypatch.setattr(SnsTopic, "read", lambda topic: [*confirmed(topic), otto])
    diagnosis = examined(capsys, account.environment, "--stack", account.name)
    assert diagnosis.found("subscriptions", "o…@example.org", "follow the link")
    assert diagnosis.ended("problem") == {"subscriptions"}
    assert "otto" not in json.dumps(diagnosis.document)


def test_a_clock_that_is_off_from_s3_s_by_an_hour_is_found(account, monkeypatch, capsys):
    monkeypatch.setattr(examination_aws, "clock", lambda: clock() - timedelta(hours=1))
    diagnosis = examined(capsys, account.environment)
    assert diagnosis.found("clock", "60 min behind S3's", "NTP")
    assert [one["state"] for one in diagnosis.of("clock")] == ["fine", "problem"]


def _asking_for_locks(tmp_path):
    settings = tmp_path / "scims.toml"
    settings.write_text('[sources.scims-db]\nobject_lock = { mode = "governance", days = 7 }\n')
    return "--config", str(settings)


def test_buckets_without_object_lock_are_found_where_the_settings_ask_for_it(account, tmp_path, capsys):
    diagnosis = examined(capsys, account.environment, *_asking_for_locks(tmp_path))
    assert diagnosis.found("vault-bucket-object-lock", "has no Object Lock", "put-object-lock-configuration")
    assert diagnosis.found("catalog-bucket-object-lock", "has no Object Lock", "{Mode=GOVERNANCE,Days=7}")
    assert diagnosis.ended("problem") == {"vault-bucket-object-lock", "catalog-bucket-object-lock"}


def test_the_cure_of_a_missing_object_lock_cures_it_and_other_days_are_found(account, tmp_path, capsys):
    asked = _asking_for_locks(tmp_path)
    _lock(account, account.vault, None)
    _lock(account, account.catalog, 7)
    diagnosis = examined(capsys, account.environment, *asked)
    assert (diagnosis.ended("problem"), diagnosis.ended("fine") & LOCKS) == (set(), LOCKS)
    _lock(account, account.catalog, 3)
    diagnosis = examined(capsys, account.environment, *asked)
    assert diagnosis.found("catalog-bucket-object-lock", "for 3 days (GOVERNANCE)", "Days=7")


def _lock(account, bucket, days):
    rule = {"Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": days}}} if days else {}
    account.client("s3").put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", **rule}
    )


def test_a_bucket_that_is_gone_is_found(account, capsys):
    gone = {"SCIMS_CATALOG": "s3://nonesuch-catalog", "SCIMS_VAULT": "s3://nonesuch-vault"}
    diagnosis = examined(capsys, account.environment | gone)
    assert diagnosis.found("catalog", "nonesuch-catalog", "create bucket nonesuch-catalog")
    assert diagnosis.found("vault-bucket-versioning", "nonesuch-vault", "create bucket nonesuch-vault")


def test_a_store_that_does_not_tell_is_not_checked(account, seaweedfs, monkeypatch, capsys):
    bucket = seaweedfs.new_bucket(versioned=True)
    for variable, value in {**seaweedfs.environment(), "AWS_ENDPOINT_URL_S3": seaweedfs.url}.items():
        monkeypatch.setenv(variable, value)
    environment = {"SCIMS_CATALOG": f"s3://{bucket}/a", "SCIMS_VAULT": f"s3://{bucket}/b"}
    diagnosis = examined(capsys, account.environment | environment)
    assert "catalog-bucket-public-access" in diagnosis.ended("not-checked")
    (told,) = diagnosis.of("catalog-bucket-public-access")
    assert "NotImplemented" in told["message"]
