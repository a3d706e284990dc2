"""The function that answers a deployment: the tasks' image, and whether a password can be the vault's."""

import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from functions.task_image.handler import handler
from tests.support.pages import ROOT

EVENTS = ROOT / "events"
CONTEXT = SimpleNamespace(aws_request_id="7f", get_remaining_time_in_millis=lambda: 60_000)
VERSION = "arn:aws:lambda:eu-central-1:123456789012:function:scims-backup-dump:3"
IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/scims/dump@sha256:00ff"
BUCKET = "scims-backup-resticvaultbucket-0f0e"
VAULT_MADE = datetime(2026, 3, 1, 2, 0, 7, tzinfo=UTC)
QUESTIONS = ("task-image-create", "vault-password-fits-create")


class Aws:
    """The three services, which know what a test says.

    failures: what each of their answers raises instead, by its name; `all` for all of them.
    """

    def __init__(self):
        self.repository_made, self.beside = None, ""
        self.password_made = VAULT_MADE
        self.asked, self.failures = [], {}

    def client(self, service):
        self.asked.append(service)
        return self

    def get_function(self, FunctionName):  # noqa: N803  boto3's
        self._fail("get_function")
        assert FunctionName == VERSION
        return {"Code": {"ImageUri": IMAGE.replace("@sha256:00ff", ":tag"), "ResolvedImageUri": IMAGE}}

    def list_objects_v2(self, Bucket, Prefix, MaxKeys):  # noqa: N803  boto3's
        self._fail("list_objects_v2")
        assert (Bucket, Prefix, MaxKeys) == (BUCKET, "scims-db/config", 1)
        made = self.repository_made
        return {} if made is None else {"Contents": [{"Key": f"{Prefix}{self.beside}", "LastModified": made}]}

    def describe_secret(self, SecretId):  # noqa: N803  boto3's
        self._fail("describe_secret")
        assert SecretId.endswith(":secret:scims-backup-vault-password-AbCdEf")
        return {"CreatedDate": self.password_made}

    def _fail(self, name):
        if failure := self.failures.get(name) or self.failures.get("all"):
            raise failure


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    aws = Aws()
    monkeypatch.setattr("scims_backup.bootstrap.stack_facts.new_client", aws.client)
    return aws


@pytest.fixture
def ask(monkeypatch):
    """Calls the function as CloudFormation does, and returns what it answered."""
    sent = []

    def urlopen(request, timeout):
        assert 0 < timeout < 30
        sent.append(json.loads(request.data))
        return SimpleNamespace(close=lambda: None)

    monkeypatch.setattr("urllib.request.urlopen", urlopen)

    def ask(question, kind="Create", **changed):
        event = {**json.loads((EVENTS / f"{question}.json").read_text()), "RequestType": kind, **changed}
        handler(event, CONTEXT)
        (answer,) = sent
        return answer

    return ask


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_the_image_is_answered_with_its_digest(ask, kind):
    answer = ask("task-image-create", kind)
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Uri": IMAGE})


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_update_does_not_look_like_another_resource(ask, question):
    answer = ask(question, "Update")
    assert answer["PhysicalResourceId"].endswith(
        f"5f0c2a10-c7a1-11f0-9a3c-0a58a9feac02/{answer['LogicalResourceId']}"
    )


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_deletion_asks_nobody(aws, ask, question):
    assert ask(question, "Delete")["Status"] == "SUCCESS"
    assert aws.asked == []


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize("vault", [None, VAULT_MADE, VAULT_MADE + timedelta(days=300)])
def test_a_password_that_was_there_when_the_vault_was_made_is_taken(aws, ask, kind, vault):
    aws.repository_made = vault
    assert ask("vault-password-fits-create", kind)["Status"] == "SUCCESS"


def test_a_file_whose_name_only_begins_like_that_of_the_vault_is_none(aws, ask):
    aws.repository_made, aws.password_made, aws.beside = VAULT_MADE, VAULT_MADE + timedelta(days=1), ".old"
    assert ask("vault-password-fits-create")["Status"] == "SUCCESS"


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize("later", [timedelta(seconds=1), timedelta(days=300)])
def test_a_password_that_is_younger_than_the_vault_ends_the_deployment(aws, ask, kind, later):
    aws.repository_made, aws.password_made = VAULT_MADE, VAULT_MADE + later
    answer = ask("vault-password-fits-create", kind)
    assert answer["Status"] == "FAILED"
    assert f"that of the vault in {BUCKET}" in answer["Reason"]
    assert "Set VaultPasswordArn to the secret of that vault" in answer["Reason"]
    (quoted,) = re.findall(r'rolls back \(\*"(.+?)"\*\)', (ROOT / "docs/deploy.md").read_text())
    assert re.search(".+".join(map(re.escape, quoted.split("…"))), answer["Reason"])


def answered(code, status, message="no"):
    """What boto3 raises of an answer."""
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "Ask")


REFUSED = answered("AccessDenied", 403)
GONE = answered("ResourceNotFoundException", 404, "no such thing")
SILENT = EndpointConnectionError(endpoint_url="https://service.example")


@pytest.mark.parametrize(
    ("question", "refused", "right"),
    [
        (QUESTIONS[0], "get_function", "lambda:GetFunction"),
        (QUESTIONS[1], "list_objects_v2", "s3:ListBucket"),
        (QUESTIONS[1], "describe_secret", "secretsmanager:DescribeSecret"),
    ],
)
def test_a_right_that_is_missing_is_named(aws, ask, question, refused, right):
    aws.repository_made, aws.failures = VAULT_MADE, {refused: REFUSED}
    answer = ask(question)
    assert answer["Status"] == "FAILED"
    assert f"allow {right} to the role of this function" in answer["Reason"]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("failure", "says"), [(GONE, "no such thing"), (SILENT, "service.example")])
def test_what_a_service_says_is_the_reason(aws, ask, question, failure, says):
    aws.failures = {"all": failure}
    answer = ask(question)
    assert answer["Status"] == "FAILED"
    assert says in answer["Reason"]
    assert "deploy the stack again" in answer["Reason"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_nobody_foresaw_is_answered_too(aws, ask, question):
    aws.failures = {"all": ZeroDivisionError("what it says may be a secret")}
    answer = ask(question)
    assert (answer["Status"], answer["Reason"]) == ("FAILED", "ZeroDivisionError: unforeseen")


@pytest.mark.parametrize(
    ("question", "missing"),
    [(QUESTIONS[0], "FunctionVersion")]
    + [(QUESTIONS[1], name) for name in ("PasswordArn", "Bucket", "Repository")],
)
def test_a_property_that_is_missing_is_named(ask, question, missing):
    asked = json.loads((EVENTS / f"{question}.json").read_text())["ResourceProperties"]
    answer = ask(question, ResourceProperties={key: asked[key] for key in asked if key != missing})
    assert answer["Status"] == "FAILED"
    assert f"has no {missing}" in answer["Reason"]


def test_a_resource_that_is_not_known_is_refused(ask):
    answer = ask("task-image-create", ResourceType="Custom::Other")
    assert answer["Status"] == "FAILED"
    assert "Custom::Other is not known" in answer["Reason"]
