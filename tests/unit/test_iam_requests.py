"""What AWS asks IAM about a call: the act with its context, and what the call implies."""

from datetime import UTC, datetime

import pytest

from localcloud.iam.errors import PolicyError
from localcloud.iam.requests import requests_of
from localcloud.iam.world import Call, World

ACCOUNT, REGION = "111122223333", "eu-central-1"
PLACE = f"{REGION}:{ACCOUNT}"
KEY = f"arn:aws:kms:{PLACE}:key/k"
TOPIC = f"arn:aws:sns:{PLACE}:T"
SECRET = f"arn:aws:secretsmanager:{PLACE}:secret:s-AbCdEf"
ROLES = (f"arn:aws:iam::{ACCOUNT}:role/Task", f"arn:aws:iam::{ACCOUNT}:role/Start")
NOW = datetime(2026, 11, 28, tzinfo=UTC)
WORLD = World(ACCOUNT, REGION, {"locked": KEY, TOPIC: KEY, SECRET: KEY}, {"drill": ROLES}, NOW)
ON = {"Bucket": "b", "Key": "k"}
LOCK = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2026-12-04 00:00:00+00:00"}


def asked(service, operation, **given):
    """Actions with their resources, of each the last part."""
    found = requests_of(Call(service, operation, given), WORLD)
    return [f"{one.action} {one.resource.rpartition(':')[2]}" for one in found]


def context(service, operation, **given):
    """The context of the first request."""
    return requests_of(Call(service, operation, given), WORLD)[0].context


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (("HeadObject", ON), ["s3:GetObject b/k"]),
        (("HeadBucket", {"Bucket": "b"}), ["s3:ListBucket b"]),
        (("ListObjectsV2", {"Bucket": "b", "Prefix": "x"}), ["s3:ListBucket b"]),
        (("ListObjectVersions", {"Bucket": "b"}), ["s3:ListBucketVersions b"]),
        (("ListBuckets", {}), ["s3:ListAllMyBuckets *"]),
        (("GetObject", {**ON, "VersionId": "v"}), ["s3:GetObjectVersion b/k"]),
        (("DeleteObject", ON), ["s3:DeleteObject b/k"]),
        (("DeleteObject", {**ON, "VersionId": "v"}), ["s3:DeleteObjectVersion b/k"]),
        (
            ("DeleteObject", {**ON, "VersionId": "v", "BypassGovernanceRetention": True}),
            ["s3:DeleteObjectVersion b/k", "s3:BypassGovernanceRetention b/k"],
        ),
        (
            (
                "DeleteObjects",
                {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}, {"Key": "l", "VersionId": "v"}]}},
            ),
            ["s3:DeleteObject b/k", "s3:DeleteObjectVersion b/l"],
        ),
        (("CopyObject", {**ON, "CopySource": "c/x/y"}), ["s3:GetObject c/x/y", "s3:PutObject b/k"]),
        (
            ("CopyObject", {**ON, "CopySource": {"Bucket": "c", "Key": "x", "VersionId": "v"}}),
            ["s3:GetObjectVersion c/x", "s3:PutObject b/k"],
        ),
        (
            ("CopyObject", {**ON, "CopySource": "c/x?versionId=v"}),
            ["s3:GetObjectVersion c/x", "s3:PutObject b/k"],
        ),
        (("PutObject", {**ON, **LOCK}), ["s3:PutObject b/k", "s3:PutObjectRetention b/k"]),
        (
            ("PutObject", {**ON, "ObjectLockLegalHoldStatus": "ON", "Tagging": "a=b"}),
            ["s3:PutObject b/k", "s3:PutObjectLegalHold b/k", "s3:PutObjectTagging b/k"],
        ),
        (("GetBucketLifecycleConfiguration", {"Bucket": "b"}), ["s3:GetLifecycleConfiguration b"]),
        (("PutObject", {**ON, "Bucket": "locked"}), ["s3:PutObject locked/k", "kms:GenerateDataKey key/k"]),
        (("GetObject", {**ON, "Bucket": "locked"}), ["s3:GetObject locked/k", "kms:Decrypt key/k"]),
        (
            ("UploadPart", {**ON, "Bucket": "locked"}),
            ["s3:PutObject locked/k", "kms:GenerateDataKey key/k", "kms:Decrypt key/k"],
        ),
        (
            ("CompleteMultipartUpload", {**ON, "Bucket": "locked"}),
            ["s3:PutObject locked/k", "kms:Decrypt key/k"],
        ),
    ],
)
def test_s3_asks_for_its_own_actions(call, expected):
    operation, given = call
    assert asked("s3", operation, **given) == expected


@pytest.mark.parametrize(
    ("operation", "given", "creates", "once"),
    [
        ("PutObject", {"IfNoneMatch": "*"}, "true", "*"),
        ("PutObject", {}, "true", None),
        ("CreateMultipartUpload", {}, "false", None),
        ("UploadPart", {}, "false", None),
        ("CompleteMultipartUpload", {"IfNoneMatch": "*"}, "true", "*"),
        ("CopyObject", {"CopySource": "c/x"}, "true", None),
    ],
)
def test_only_what_creates_an_object_can_say_that_there_is_none(operation, given, creates, once):
    (put,) = [
        one for one in requests_of(Call("s3", operation, ON | given), WORLD) if one.action == "s3:PutObject"
    ]
    assert put.context["s3:ObjectCreationOperation"] == creates
    assert put.context.get("s3:if-none-match") == once


def test_a_lock_tells_its_mode_and_the_days_that_are_left():
    told = context(
        "s3",
        "PutObjectRetention",
        **ON,
        Retention={"Mode": "COMPLIANCE", "RetainUntilDate": NOW.replace(day=30)},
    )
    assert told["s3:object-lock-mode"] == "COMPLIANCE"
    assert float(told["s3:object-lock-remaining-retention-days"]) == 2
    assert context("s3", "PutObject", **ON, **LOCK)["s3:object-lock-remaining-retention-days"] == "6.000"


def test_a_list_tells_its_prefix_even_an_empty_one():
    assert context("s3", "ListObjectsV2", Bucket="b", Prefix="")["s3:prefix"] == ""
    assert "s3:prefix" not in context("s3", "ListObjectsV2", Bucket="b")


@pytest.mark.parametrize(
    ("service", "operation", "given", "expected"),
    [
        ("sts", "GetCallerIdentity", {}, []),
        (
            "secretsmanager",
            "GetSecretValue",
            {"SecretId": "other"},
            ["secretsmanager:GetSecretValue other-AbCdEf"],
        ),
        (
            *("secretsmanager", "GetSecretValue", {"SecretId": SECRET}),
            ["secretsmanager:GetSecretValue s-AbCdEf", "kms:Decrypt key/k"],
        ),
        (
            "sns",
            "Publish",
            {"TopicArn": TOPIC},
            ["sns:Publish T", "kms:GenerateDataKey key/k", "kms:Decrypt key/k"],
        ),
        ("sns", "ListSubscriptionsByTopic", {"TopicArn": TOPIC}, ["sns:ListSubscriptionsByTopic T"]),
        (
            *("ecs", "RunTask", {"taskDefinition": "drill", "cluster": "c"}),
            ["ecs:RunTask 1", "iam:PassRole role/Task", "iam:PassRole role/Start"],
        ),
        ("ecs", "StopTask", {"cluster": "c", "task": "x/c/t"}, ["ecs:StopTask task/c/t"]),
        (
            "ecs",
            "DescribeTasks",
            {"cluster": "c", "tasks": ["t", "u"]},
            ["ecs:DescribeTasks task/c/t", "ecs:DescribeTasks task/c/u"],
        ),
        ("ecs", "ListTasks", {"cluster": "c"}, ["ecs:ListTasks *"]),
        ("lambda", "Invoke", {"FunctionName": "f"}, ["lambda:InvokeFunction f"]),
        (
            *("logs", "GetLogEvents", {"logGroupName": "/g", "logStreamName": "s"}),
            ["logs:GetLogEvents s"],
        ),
    ],
)
def test_other_services_ask_for_what_a_call_does_and_implies(service, operation, given, expected):
    assert asked(service, operation, **given) == expected


def test_a_task_with_tags_needs_the_right_to_tag_what_is_run():
    found = requests_of(
        Call("ecs", "RunTask", {"taskDefinition": "drill:3", "cluster": "c", "tags": [{"key": "x"}]}), WORLD
    )
    assert (found[-1].action, found[-1].context) == ("ecs:TagResource", {"ecs:CreateAction": "RunTask"})
    assert found[0].context == {"ecs:cluster": f"arn:aws:ecs:{PLACE}:cluster/c"}
    assert {one.context["iam:PassedToService"] for one in found if one.action == "iam:PassRole"} == {
        "ecs-tasks.amazonaws.com"
    }


@pytest.mark.parametrize(
    ("call", "name", "value"),
    [
        (Call("secretsmanager", "GetSecretValue", {"SecretId": SECRET}), "SecretARN", SECRET),
        (Call("sns", "Publish", {"TopicArn": TOPIC}), "aws:sns:topicArn", TOPIC),
        (Call("s3", "GetObject", {"Bucket": "locked", "Key": "k"}), "aws:s3:arn", "arn:aws:s3:::locked"),
    ],
)
def test_a_key_is_told_what_it_is_used_for(call, name, value):
    used = requests_of(call, WORLD)[-1]
    assert used.context[f"kms:EncryptionContext:{name}"] == value
    assert used.context["kms:ViaService"] == f"{call.service}.{REGION}.amazonaws.com"


def test_an_event_tells_its_source_and_its_bus():
    (found,) = requests_of(
        Call("events", "PutEvents", {"Entries": [{"Source": "a", "DetailType": "b"}]}), WORLD
    )
    assert found.resource == f"arn:aws:events:{PLACE}:event-bus/default"
    assert found.context == {"events:source": ("a",), "events:detail-type": ("b",)}


@pytest.mark.parametrize(
    "call",
    [
        Call("s3", "SelectObjectContent", ON),
        Call("rds", "ModifyDBInstance"),
        Call("ecs", "RegisterTaskDefinition"),
        Call("events", "PutRule"),
    ],
)
def test_a_call_that_is_not_known_is_an_error(call):
    with pytest.raises(PolicyError, match="not known here"):
        requests_of(call, WORLD)


def test_taking_a_role_asks_with_the_word_that_it_is_taken_with():
    given = {"RoleArn": ROLES[0], "RoleSessionName": "s", "ExternalId": "a-word"}
    (asked,) = requests_of(Call("sts", "AssumeRole", given), WORLD)
    assert (asked.action, asked.resource) == ("sts:AssumeRole", ROLES[0])
    assert asked.context == {"sts:ExternalId": "a-word", "sts:RoleSessionName": "s"}
