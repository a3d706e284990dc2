"""Secrets Manager: a refusal is told with its cure, and what it holds reaches libpq and restic alone."""

import json
import os
import subprocess
import sys

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from botocore.stub import Stubber

from scims_backup.adapters.secrets.secrets_manager import SecretsManager, secrets_manager
from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain.errors import SecretError
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.model import Flags, Needs
from tests.fakes import RecordedProgress
from tests.support.arguments import Watch
from tests.support.cli import Cli
from tests.support.servers import PostgresServer

NAME = "scims/db"
ASKED = {"SecretId": NAME}
PASSWORD = "hunter2/with:all @sorts"
VAULT_PASSWORD = "correct horse battery"


@pytest.fixture
def aws(moto, monkeypatch):
    """Point this process at moto and give a client of the test's own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in moto.environment().items():
        monkeypatch.setenv(name, value)
    return boto3.client("secretsmanager")


@pytest.fixture
def put(aws):
    """Store secrets, which are gone afterwards; return their ARN."""
    stored = []

    def store(value, name=NAME, key="SecretString"):
        stored.append(aws.create_secret(Name=name, **{key: value})["ARN"])
        return stored[-1]

    yield store
    for arn in stored:
        aws.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


@pytest.fixture
def stubbed(aws):  # noqa: ARG001  # no client can be made without its environment
    manager = secrets_manager()
    with Stubber(manager._client) as stubber:
        yield stubber, manager
        stubber.assert_no_pending_responses()


def refusal(manager):
    with pytest.raises(SecretError) as caught:
        manager.read(NAME)
    assert caught.value.message.startswith(f"the secret aws:{NAME} ")
    return caught.value


@pytest.mark.parametrize("by_name", [True, False])
def test_a_secret_is_read_by_its_name_and_by_its_arn(put, by_name):
    arn = put(PASSWORD)
    assert secrets_manager().read(NAME if by_name else arn) == PASSWORD


def test_a_secret_that_was_changed_is_read_as_it_is_now(put, aws):
    arn = put("old")
    manager = secrets_manager()
    aws.put_secret_value(SecretId=arn, SecretString="new")
    assert manager.read(NAME) == "new"


@pytest.mark.usefixtures("aws")
def test_a_secret_that_is_not_there_is_named():
    error = refusal(secrets_manager())
    assert "ResourceNotFoundException" in error.message
    assert "name or ARN" in error.cure


def test_a_secret_that_is_marked_for_deletion_is_named(put, aws):
    aws.delete_secret(SecretId=put(PASSWORD), RecoveryWindowInDays=7)
    assert "restore-secret" in refusal(secrets_manager()).cure


def test_a_secret_that_is_no_text_is_named(put):
    put(b"hunter2", key="SecretBinary")
    error = refusal(secrets_manager())
    assert "contains no text" in error.message


@pytest.mark.parametrize(
    ("code", "message", "status", "cure"),
    [
        ("AccessDeniedException", "User: … is not authorized", 400, "secretsmanager:GetSecretValue"),
        ("AccessDeniedException", "Access to KMS is not allowed", 400, "kms:Decrypt"),
        ("DecryptionFailure", "Secrets Manager can't decrypt", 400, "kms:Decrypt"),
        ("UnrecognizedClientException", "The security token is invalid", 400, "credentials"),
        ("InvalidSignatureException", "Signature expired", 400, "clock"),
        ("ExpiredTokenException", "expired", 400, "credentials"),
        ("ThrottlingException", "Rate exceeded", 400, "try again"),
        ("InternalServiceError", "", 500, "try again"),
        ("ValidationException", "what else", 400, "check the secret"),
    ],
)
def test_a_refusal_is_told_with_its_own_cure(stubbed, code, message, status, cure):
    stubber, manager = stubbed
    stubber.add_client_error("get_secret_value", code, message, status, expected_params=ASKED)
    error = refusal(manager)
    assert code in error.message
    assert message in error.message
    assert cure in error.cure


@pytest.mark.parametrize(
    ("failure", "cure"),
    [
        (EndpointConnectionError(endpoint_url="https://secretsmanager.example"), "VPC"),
        (NoCredentialsError(), "credentials"),
    ],
)
def test_a_service_that_does_not_answer_and_missing_credentials_are_told(aws, monkeypatch, failure, cure):
    def fail(**_):
        raise failure

    monkeypatch.setattr(aws, "get_secret_value", fail)
    assert cure in refusal(SecretsManager(aws)).cure


@pytest.fixture
def settings(put, tmp_path):
    """Give the environment of a deployment whose every secret is in Secrets Manager."""

    def make(**of_database):
        entries = {"host": "db.example", "dbname": "scims", "username": "backup", "password": PASSWORD}
        put(json.dumps({**entries, **of_database}))
        put(VAULT_PASSWORD, "scims/vault")
        document = f"""
catalog = "file://{tmp_path}/catalog"
[sources.scims-db]
secret = "aws:{NAME}"
vault = "restic:{tmp_path}/vault"
vault_secret = "aws:scims/vault"
"""
        return {**os.environ, "SCIMS_SETTINGS": document}

    return make


def application(environment, redactor):
    resolved = resolve(Flags(), environment, Needs(url=True, vault=True))
    return Application(resolved, environment, RecordedProgress(), redactor)


def test_an_application_takes_every_password_from_secrets_manager(settings):
    redactor = Redactor()
    made = application(settings(), redactor)
    made.take_backup()
    made.vault.prepare()
    assert made.vault.archives() == []
    assert redactor.redact(f"{PASSWORD} {VAULT_PASSWORD}") == "*** ***"
    assert not any(VAULT_PASSWORD in value or PASSWORD in value for value in os.environ.values())


def test_an_address_that_is_not_whole_is_refused_when_the_source_is_wanted(settings):
    made = application(settings(dbname=""), Redactor())
    with pytest.raises(SecretError, match="dbname in the secret aws:scims/db"):
        made.take_backup()


def test_what_needs_no_password_of_the_database_does_not_read_it(settings):
    made = application(settings(dbname=""), Redactor())
    assert made.list_backups().run("scims-db") == []
    assert made.verify_backup()


@pytest.fixture(scope="module")
def locked():
    """Give a server that lets nobody in without the password."""
    with PostgresServer(password=PASSWORD) as server:
        server.create_database("scims", "CREATE TABLE t AS SELECT 1 AS id")
        yield server


def test_a_backup_by_command_works_with_secrets_from_secrets_manager_and_shows_none(settings, locked):
    cli = Cli(settings(url=locked.tcp_url("scims")))
    for command in ("backup", "verify", "backup --json"):
        with Watch() as watch:
            ended = cli.run(*command.split(), "--debug")
        assert ended.code == 0, ended.err
        seen = ended.out.encode() + ended.err.encode() + b"".join(watch.arguments)
        assert VAULT_PASSWORD.encode() not in seen
        assert PASSWORD.encode() not in seen


def test_a_secret_that_cannot_be_read_ends_a_command_by_name(settings, aws):
    environment = settings()
    aws.delete_secret(SecretId="scims/vault", ForceDeleteWithoutRecovery=True)
    ended = Cli(environment).run("backup", "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["error"]["kind"] == "SecretError"
    assert "aws:scims/vault" in ended.err


def test_boto3_is_loaded_only_when_a_secret_is_there():
    code = (
        "import sys; import scims_backup.bootstrap.application, scims_backup.settings.resolution; "
        "print('boto3' in sys.modules or 'botocore' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
