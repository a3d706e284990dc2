"""The inline function answers CloudFormation, whatever happens: it would wait else."""

import json
import sys
import types
from datetime import UTC, datetime, timedelta

import pytest

from tests.template.support.loading import source

VERSION = "arn:aws:lambda:eu-central-1:123456789012:function:scims-backup-dump:3"
IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/scims/dump@sha256:00ff"


class _Lambda:
    def get_function(self, FunctionName):  # noqa: N803  boto3's
        if FunctionName != VERSION:
            raise KeyError(f"ResourceNotFoundException: {FunctionName}")
        return {"Code": {"ImageUri": IMAGE.replace("@sha256:00ff", ":tag"), "ResolvedImageUri": IMAGE}}


VAULT_MADE = datetime(2026, 3, 1, 2, 0, 7, tzinfo=UTC)
FITS = {"PasswordArn": "arn:aws:secretsmanager:x:1:secret:p", "Bucket": "vault", "Repository": "scims-db"}


class _S3:
    """A vault's bucket that has what a test puts into it."""

    made: datetime | None = None

    def list_objects_v2(self, Bucket, Prefix, MaxKeys):  # noqa: N803  boto3's
        assert (Bucket, Prefix, MaxKeys) == ("vault", "scims-db/config", 1)
        return {} if self.made is None else {"Contents": [{"Key": Prefix, "LastModified": self.made}]}


class _Secrets:
    made = VAULT_MADE

    def describe_secret(self, SecretId):  # noqa: N803  boto3's
        assert SecretId == FITS["PasswordArn"]
        return {"CreatedDate": self.made}


SERVICES = {"lambda": _Lambda, "s3": _S3, "secretsmanager": _Secrets}


@pytest.fixture
def ask(monkeypatch):
    """Calls the function as CloudFormation does, and returns what it answered."""
    sent = []
    module = types.ModuleType("index")
    monkeypatch.setitem(sys.modules, "boto3", types.SimpleNamespace(client=lambda name: SERVICES[name]()))
    exec(source()["Resources"]["TaskImageFunction"]["Properties"]["Code"]["ZipFile"], module.__dict__)  # noqa: S102

    class Answered:
        def close(self):
            pass

    def urlopen(request, timeout):
        assert timeout < 30
        sent.append(request)
        return Answered()

    monkeypatch.setattr("urllib.request.urlopen", urlopen)

    def ask(kind, version=VERSION, asked=None):
        event = {
            "RequestType": kind,
            "ResponseURL": "https://cloudformation.example/answer?signature=x",
            "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/scims-backup/0f",
            "RequestId": "7",
            "LogicalResourceId": "TaskImage",
            "ResourceProperties": asked or {"FunctionVersion": version},
        }
        module.handler(event, None)
        (request,) = sent
        return request, json.loads(request.data)

    return ask


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_the_image_is_told_with_its_digest(ask, kind):
    _, answer = ask(kind)
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Uri": IMAGE})


def test_an_update_does_not_look_like_another_resource(ask):
    _, answer = ask("Update")
    assert answer["PhysicalResourceId"].endswith("stack/scims-backup/0f/TaskImage")
    assert (answer["RequestId"], answer["LogicalResourceId"]) == ("7", "TaskImage")


def test_a_deletion_needs_no_function_to_be_there(ask):
    _, answer = ask("Delete", "arn:aws:lambda:eu-central-1:123456789012:function:gone:1")
    assert answer["Status"] == "SUCCESS"


def test_a_failure_is_answered_with_its_reason(ask):
    _, answer = ask("Create", "arn:aws:lambda:eu-central-1:123456789012:function:gone:1")
    assert answer["Status"] == "FAILED"
    assert "function:gone:1" in answer["Reason"]


def test_a_reason_is_short_enough_for_cloudformation(ask):
    _, answer = ask("Create", "x" * 5000)
    assert len(answer["Reason"]) <= 1000


def test_the_answer_is_put_without_a_content_type_as_it_was_signed(ask):
    request, _ = ask("Create")
    assert request.get_method() == "PUT"
    assert request.get_header("Content-type") == ""


def test_the_code_is_short_enough_to_stand_in_a_template():
    assert len(source()["Resources"]["TaskImageFunction"]["Properties"]["Code"]["ZipFile"]) < 4096


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize("vault", [None, VAULT_MADE, VAULT_MADE + timedelta(days=300)])
def test_a_password_that_was_there_when_the_vault_was_made_is_taken(ask, monkeypatch, kind, vault):
    monkeypatch.setattr(_S3, "made", vault)
    _, answer = ask(kind, asked=FITS)
    assert answer["Status"] == "SUCCESS"


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize("later", [timedelta(seconds=1), timedelta(days=300)])
def test_a_password_that_is_younger_than_the_vault_ends_the_update(ask, monkeypatch, kind, later):
    monkeypatch.setattr(_S3, "made", VAULT_MADE)
    monkeypatch.setattr(_Secrets, "made", VAULT_MADE + later)
    _, answer = ask(kind, asked=FITS)
    assert answer["Status"] == "FAILED"
    assert "Set VaultPasswordArn to the secret of that vault" in answer["Reason"]


def test_a_deletion_asks_nothing_about_the_vault(ask, monkeypatch):
    monkeypatch.setitem(SERVICES, "s3", None)
    _, answer = ask("Delete", asked=FITS)
    assert answer["Status"] == "SUCCESS"
