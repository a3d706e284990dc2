"""As whom the other side's store is reached: keys, profiles and roles in place of the process's own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scims_backup.adapters.aws.access import OWN, Access, Keys
from scims_backup.adapters.s3.client import new_client
from scims_backup.bootstrap.elsewhere import elsewhere
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.bootstrap.secrets import Secrets
from scims_backup.domain.errors import SecretError, VaultAccessError
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.model import Flags, Needs

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "OURS",
    "AWS_SECRET_ACCESS_KEY": "our secret",
    "AWS_SESSION_TOKEN": "our token",
    "AWS_REGION": "eu-central-1",
    "PATH": "/usr/bin",
}
THEIRS = Keys("THEIRS", "their secret")
ROLE = "arn:aws:iam::210987654321:role/writer"


@pytest.fixture(autouse=True)
def _ours(monkeypatch, tmp_path):
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    profiles = tmp_path / "credentials"
    profiles.write_text("[other]\naws_access_key_id = OTHER\naws_secret_access_key = other secret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(profiles))
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")


def who(access):
    """The access key by which a client signs."""
    client: Any = new_client(access)
    return client._request_signer._credentials.get_frozen_credentials().access_key


@pytest.mark.parametrize(
    ("access", "key"), [(OWN, "OURS"), (Access(keys=THEIRS), "THEIRS"), (Access(profile="other"), "OTHER")]
)
def test_a_client_signs_as_who_was_named(access, key):
    assert who(access) == key


def test_endpoint_and_region_are_the_other_side_s():
    meta = new_client(Access("https://s3.example.net", "eu-west-1", keys=THEIRS)).meta
    assert (meta.endpoint_url, meta.region_name) == ("https://s3.example.net", "eu-west-1")
    assert new_client().meta.region_name == "eu-central-1"


class Sts:
    """Gives out credentials of a role, which soon expire, and remembers who asked for what."""

    def __init__(self):
        self.asked = []

    def make(self, service, **options):
        self.by = options["aws_access_key_id"], service
        return self

    def assume_role(self, **names):
        self.asked.append(names)
        expires = datetime.now(UTC) + timedelta(minutes=2)  # within botocore's window: renewed at each use
        found = {"AccessKeyId": f"ASSUMED{len(self.asked)}", "SecretAccessKey": "s", "SessionToken": "t"}
        return {"Credentials": {**found, "Expiration": expires}, "AssumedRoleUser": {"Arn": ROLE}}


@pytest.fixture
def sts(monkeypatch):
    sts = Sts()
    create = "botocore.session.Session.create_client"
    monkeypatch.setattr(create, lambda _session, service, **options: sts.make(service, **options))
    return sts


@pytest.mark.parametrize(("keys", "by"), [(None, "OURS"), (THEIRS, "THEIRS")])
def test_a_role_is_assumed_by_who_was_named_with_the_word_of_both_sides(sts, keys, by):
    access = Access(keys=keys, role=ROLE, external_id="a-word")
    credentials: Any = access.session().get_credentials()
    found = credentials.get_frozen_credentials()
    assert (found.access_key, sts.by) == ("ASSUMED1", (by, "sts"))
    (asked,) = sts.asked
    assert (asked["RoleArn"], asked["ExternalId"], asked["RoleSessionName"]) == (
        ROLE,
        "a-word",
        "scims-backup",
    )


@pytest.mark.usefixtures("sts")
def test_a_role_s_credentials_are_renewed_when_they_expire():
    credentials: Any = Access(role=ROLE).session().get_credentials()
    first = credentials.get_frozen_credentials().access_key
    assert credentials.get_frozen_credentials().access_key != first


@pytest.mark.usefixtures("sts")
def test_restic_there_gets_the_other_side_s_credentials_and_none_of_ours():
    environment = Access(region="eu-west-1", role=ROLE).environment(ENVIRONMENT)
    assert environment["AWS_ACCESS_KEY_ID"] == "ASSUMED1"
    assert environment["AWS_SESSION_TOKEN"] == "t"
    assert (environment["AWS_REGION"], environment["AWS_DEFAULT_REGION"]) == ("eu-west-1", "eu-west-1")
    assert environment["PATH"] == "/usr/bin"
    keys = Access(keys=THEIRS).environment(ENVIRONMENT)
    assert "AWS_SESSION_TOKEN" not in keys
    assert keys["AWS_SECRET_ACCESS_KEY"] == "their secret"


def test_where_nobody_else_is_meant_restic_keeps_its_own_way_to_credentials():
    assert Access(endpoint="https://s3.example.net").environment(ENVIRONMENT) == ENVIRONMENT


def test_a_profile_that_is_not_there_is_told_by_name():
    with pytest.raises(VaultAccessError, match="profile nobody"):
        Access(profile="nobody").environment(ENVIRONMENT)


DOCUMENT = """
catalog = "file:///here"
[sources.scims-db]
vault = "restic:/here"
[sources.scims-db.copy]
catalog = "file:///there"
vault = "restic:s3:https://s3.example.net/there"
credentials = "env:KEY"
"""


def other_side(key):
    environment = {**ENVIRONMENT, "SCIMS_SETTINGS": DOCUMENT, "KEY": key, "RESTIC_PASSWORD": "correct horse"}
    settings = resolve(Flags(), environment, Needs(vault=True, copy=True))
    return elsewhere(settings, environment, Secrets(environment, Redactor.of_environment({})))


def test_an_access_key_is_read_from_a_secret_as_json():
    there = other_side('{"access_key_id": "THEIRS", "secret_access_key": "their secret"}')
    assert there.environment["AWS_ACCESS_KEY_ID"] == "THEIRS"
    assert there.access == Access(keys=THEIRS)


@pytest.mark.parametrize(
    "key",
    [
        "THEIRS:their secret",
        "[]",
        "{}",
        '{"access_key_id": "x"}',
        '{"access_key_id": 1, "secret_access_key": "x"}',
    ],
)
def test_a_secret_that_is_no_access_key_is_told_without_being_shown(key):
    with pytest.raises(SecretError, match="env:KEY is not an access key") as caught:
        other_side(key)
    assert "their secret" not in str(caught.value)
