"""Buckets and stacks before stubbed clients: what AWS refuses to tell is not checked, and says why."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from scims_backup.adapters.aws.client import new_client
from scims_backup.adapters.s3.bucket import Bucket
from scims_backup.adapters.stacks.cloudformation import Stack
from scims_backup.adapters.stacks.schedules import schedules_of
from scims_backup.bootstrap.examination_aws import checks_on_aws
from scims_backup.domain.errors import OperationFailedError
from scims_backup.domain.health import NotCheckedError, State
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.domain.schedules import Schedule
from scims_backup.ports import Subscription
from scims_backup.settings.model import Settings
from scims_backup.usecases.reports.examine_subscriptions import look_at_subscriptions

STACK = "scims-backup"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:scims-backup-alerts"


class Stubbed(dict[str, tuple[Any, Stubber]]):
    """Clients of services, each with its stubber, made when it is first used."""

    def __missing__(self, service: str) -> tuple[Any, Stubber]:
        client = new_client(service)
        self[service] = (client, Stubber(client))
        self[service][1].activate()
        return self[service]


@pytest.fixture
def aws(offline_client, monkeypatch):  # noqa: ARG001  it clears the environment
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    stubbed = Stubbed()
    yield stubbed
    for _, stubber in stubbed.values():
        stubber.assert_no_pending_responses()


def _stack(aws, **resources):
    listed = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": name,
            "ResourceType": kind,
            "LastUpdatedTimestamp": "2026-11-22T00:00:00Z",
            "ResourceStatus": "CREATE_COMPLETE",
        }
        for name, kind in resources.items()
    ]
    answer = {"StackResourceSummaries": listed}
    aws["cloudformation"][1].add_response("list_stack_resources", answer, {"StackName": STACK})
    return Stack(STACK, lambda service: aws[service][0])


SCHEDULE, FUNCTION = "AWS::Scheduler::Schedule", "AWS::Lambda::Function"


def test_a_schedule_of_which_aws_does_not_tell_hides_no_other(aws):
    stack = _stack(aws, dump=SCHEDULE, drill=SCHEDULE, gone=SCHEDULE)
    scheduler = aws["scheduler"][1]
    scheduler.add_client_error("get_schedule", "AccessDeniedException", "No.", 403)
    scheduler.add_response("get_schedule", {"State": "DISABLED"}, {"Name": "drill"})
    scheduler.add_client_error("get_schedule", "ResourceNotFoundException", "None.", 404)
    seen = {one.what: one for one in stack.schedules()}
    assert [one.state for one in seen.values()] == [State.NOT_CHECKED, State.PROBLEM, State.PROBLEM]
    assert seen["dump"].cure == "allow scheduler:GetSchedule on dump"
    assert seen["drill"].message.startswith("is DISABLED")
    assert seen["gone"].message == "is gone"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"State": "Active"}, State.FINE),
        ({"State": "Inactive"}, State.FINE),
        ({"State": "Failed"}, State.PROBLEM),
    ],
)
def test_a_function_that_failed_is_a_problem_and_one_that_rests_is_not(aws, answer, state):
    stack = _stack(aws, dump=FUNCTION)
    aws["lambda"][1].add_response("get_function_configuration", answer, {"FunctionName": "dump"})
    assert [(one.what, one.state) for one in stack.functions()] == [("dump", state)]


def test_a_stack_of_which_aws_refuses_to_tell_is_not_checked(aws):
    aws["cloudformation"][1].add_client_error("list_stack_resources", "AccessDenied", "No.", 403)
    with pytest.raises(NotCheckedError) as caught:
        list(Stack(STACK, lambda service: aws[service][0]).look())
    assert "allow cloudformation:ListStackResources" in caught.value.cure


def test_a_stack_without_schedules_is_a_problem(aws):
    with pytest.raises(OperationFailedError, match=f"stack {STACK} has no {SCHEDULE}"):
        list(_stack(aws, dump=FUNCTION).schedules())


def test_a_bucket_of_which_the_store_refuses_to_tell_is_not_checked(aws):
    client, stubber = aws["s3"]
    stubber.add_client_error("get_bucket_versioning", "AccessDenied", "No.", 403)
    with pytest.raises(NotCheckedError) as caught:
        Bucket(client, "scims").versioning()
    assert caught.value.cure == "allow s3:GetBucketVersioning in bucket scims"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({}, State.PROBLEM),
        ({"Status": "Suspended"}, State.PROBLEM),
        ({"Status": "Enabled"}, State.FINE),
    ],
)
def test_versioning_is_on_only_if_it_is_enabled(aws, answer, state):
    client, stubber = aws["s3"]
    stubber.add_response("get_bucket_versioning", answer, {"Bucket": "scims"})
    assert Bucket(client, "scims").versioning().state is state


def test_one_way_for_the_public_that_is_not_blocked_is_a_problem(aws):
    client, stubber = aws["s3"]
    blocked = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy"), True)
    answer = {"PublicAccessBlockConfiguration": {**blocked, "RestrictPublicBuckets": False}}
    stubber.add_response("get_public_access_block", answer, {"Bucket": "scims"})
    assert "(RestrictPublicBuckets)" in Bucket(client, "scims").public_access().message


def test_no_default_encryption_is_a_problem(aws):
    client, stubber = aws["s3"]
    code = "ServerSideEncryptionConfigurationNotFoundError"
    stubber.add_client_error("get_bucket_encryption", code, "None.", 404)
    assert Bucket(client, "scims").encryption().state is State.PROBLEM


def test_the_store_tells_the_time_also_when_it_refuses(aws):
    client, stubber = aws["s3"]
    said = {"HTTPHeaders": {"date": "Sun, 22 Nov 2026 02:00:00 GMT"}}
    stubber.add_client_error("head_bucket", "403", "RequestTimeTooSkewed", 403, response_meta=said)
    assert Bucket(client, "scims").time().isoformat() == "2026-11-22T02:00:00+00:00"


def test_an_aws_that_does_not_answer_is_not_checked(aws, monkeypatch):
    def fail(**_asked):
        raise EndpointConnectionError(endpoint_url="https://aws.example.org")

    stack = _stack(aws, dump=SCHEDULE)
    monkeypatch.setattr(aws["scheduler"][0], "get_schedule", fail)
    assert [one.state for one in stack.schedules()] == [State.NOT_CHECKED]
    monkeypatch.setattr(aws["s3"][0], "head_bucket", fail)
    with pytest.raises(NotCheckedError, match="S3 does not answer"):
        Bucket(aws["s3"][0], "scims").time()


def test_a_store_that_does_not_tell_the_time_is_not_checked(aws):
    client, stubber = aws["s3"]
    stubber.add_response("head_bucket", {}, {"Bucket": "scims"})
    with pytest.raises(NotCheckedError, match="has no time"):
        Bucket(client, "scims").time()


class Topic:
    """A topic with some subscriptions."""

    topic = TOPIC

    def __init__(self, *subscriptions):
        self._subscriptions = subscriptions

    def read(self):
        return self._subscriptions


ANNA = Subscription("email", "anna@example.org", confirmed=True)
OTTO = Subscription("email", "otto@example.org", confirmed=False)


@pytest.mark.parametrize(
    ("subscribed", "state", "says"),
    [
        ((ANNA,), State.FINE, "1 confirmed"),
        ((ANNA, OTTO), State.PROBLEM, "o…@example.org"),
        ((), State.PROBLEM, "no subscribers"),
    ],
)
def test_alerts_must_reach_all_who_subscribed_and_somebody_at_least(subscribed, state, says):
    (seen,) = look_at_subscriptions(Topic(*subscribed))
    assert (seen.state, says in seen.message) == (state, True)
    assert (TOPIC in seen.cure) is (state is State.PROBLEM)


LOCK = ObjectLock("GOVERNANCE", 35)


@pytest.mark.parametrize(
    ("found", "state", "says"),
    [
        (None, State.PROBLEM, "has no Object Lock"),
        ({"ObjectLockEnabled": "Enabled"}, State.PROBLEM, "does not lock new objects by default"),
        ({"Mode": "GOVERNANCE", "Days": 35}, State.FINE, "for 35 days"),
        ({"Mode": "GOVERNANCE", "Days": 36}, State.PROBLEM, "for 36 days (GOVERNANCE)"),
        ({"Mode": "COMPLIANCE", "Days": 35}, State.PROBLEM, "(COMPLIANCE)"),
        ({"Mode": "GOVERNANCE", "Years": 1}, State.PROBLEM, "for 365 days"),
    ],
)
def test_a_bucket_locks_by_itself_for_as_long_as_the_settings_ask(aws, found, state, says):
    client, stubber = aws["s3"]
    if found is None:
        code = "ObjectLockConfigurationNotFoundError"
        stubber.add_client_error("get_object_lock_configuration", code, "None.", 404)
    else:
        rule = {"Rule": {"DefaultRetention": found}} if "Mode" in found else {}
        locking = {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", **rule}}
        stubber.add_response("get_object_lock_configuration", locking, {"Bucket": "scims"})
    seen = Bucket(client, "scims").default_lock(LOCK)
    assert (seen.state, says in seen.message) == (state, True)
    assert ("Mode=GOVERNANCE,Days=35" in seen.cure) is (state is State.PROBLEM)


@pytest.mark.parametrize(
    ("code", "right"), [("AccessDenied", "allow s3:GetLifecycle"), ("NotImplemented", "")]
)
def test_a_lifecycle_that_cannot_be_seen_is_not_checked(aws, code, right):
    client, stubber = aws["s3"]
    status = {"AccessDenied": 403, "NotImplemented": 501}[code]
    stubber.add_client_error("get_bucket_lifecycle_configuration", code, "no", status)
    with pytest.raises(NotCheckedError) as caught:
        Bucket(client, "scims").undelete("")
    assert caught.value.cure.startswith(right)


def test_a_restic_repository_in_s3_has_its_bucket_looked_at():
    settings = Settings("scims-db", Path("/catalog"), vault="s3:https://s3.example.org/scims/a")
    named = [(check.name, check.what) for check in checks_on_aws(settings)]
    assert named == [("vault-bucket-versioning", "scims"), ("vault-bucket-undelete", "scims")]
    locked = replace(settings, object_lock=LOCK)
    assert "vault-bucket-object-lock" in [check.name for check in checks_on_aws(locked)]


def _answer(name, given, **more):
    target = {"Target": {"Arn": "arn", "RoleArn": "arn", "Input": json.dumps(given)}}
    return {"Name": name, "ScheduleExpression": "cron(0 2 * * ? *)", "State": "ENABLED", **target, **more}


def test_status_reads_what_is_enabled_and_starts_backups_or_drills(aws):
    stack = _stack(aws, dump=SCHEDULE, redis=SCHEDULE, off=SCHEDULE, tick=SCHEDULE)
    answers = (
        _answer("dump", {"scheduled": "x"}, ScheduleExpressionTimezone="Europe/Berlin"),
        _answer("redis", {"source": "redis", "action": "drill"}),
        _answer("off", {}, State="DISABLED"),
        _answer("tick", {"action": "tick"}),
    )
    for answer in answers:
        aws["scheduler"][1].add_response("get_schedule", answer, {"Name": answer["Name"]})
    nightly = "cron(0 2 * * ? *)"
    assert list(schedules_of(stack)) == [
        Schedule(None, "backup", nightly, "Europe/Berlin"),
        Schedule("redis", "drill", nightly),
    ]


def test_a_schedule_that_status_may_not_read_is_named(aws):
    stack = _stack(aws, dump=SCHEDULE)
    aws["scheduler"][1].add_client_error("get_schedule", "AccessDeniedException", "No.", 403)
    with pytest.raises(OperationFailedError, match="schedule dump cannot be read"):
        list(schedules_of(stack))
