"""The table of a second copy in a settings document: what it says, and what is wrong with it by name."""

from pathlib import Path

import pytest

from scims_backup.adapters.s3.place import S3Place
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain.errors import UsageError
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.settings.model import Flags, Needs, Secret

HEAD = """
catalog = "s3://here/catalog"
[sources.scims-db]
vault = "s3://here/vault"
"""
TABLE = """
[sources.scims-db.copy]
catalog = "s3://there/catalog"
vault = "restic:s3:https://s3.example.net/there"
vault_secret = "env:THERE"
"""
NEEDS = Needs(vault=True, copy=True)
ROLE = "arn:aws:iam::210987654321:role/writer"


def resolved(copy=TABLE, head=HEAD, selector=None, needs=NEEDS, **environment):
    return resolve(Flags(selector=selector), {"SCIMS_SETTINGS": head + copy, **environment}, needs)


def refusal(copy, **more):
    with pytest.raises(UsageError) as caught:
        resolved(copy, **more)
    return str(caught.value)


def test_the_other_side_is_a_place_with_a_vault_and_a_password_of_its_own():
    there = resolved().of_copy
    assert (there.catalog, there.vault) == (S3Place("there", "catalog"), "s3:https://s3.example.net/there")
    assert there.vault_secret == Secret("env", "THERE")
    assert there.source == "scims-db"


def test_everything_that_can_be_said_of_the_other_side_is_read():
    copy = resolved(
        f"""
        [sources.scims-db.copy]
        catalog = "file:///there/catalog"
        vault = "s3://there/vault"
        encryption_key = "alias/there"
        object_lock = {{ mode = "compliance", days = 30 }}
        which = "newest-proven"
        endpoint = "https://s3.example.net:9000"
        region = "eu-west-1"
        credentials = "file:/etc/key"
        role = "{ROLE}"
        external_id = "a-word"
        """
    ).second
    assert (copy.catalog, copy.vault) == (Path("/there/catalog"), S3Place("there", "vault"))
    assert copy.object_lock == ObjectLock("COMPLIANCE", 30)
    assert (copy.encryption_key, copy.endpoint, copy.region) == (
        "alias/there",
        "https://s3.example.net:9000",
        "eu-west-1",
    )
    assert (copy.credentials, copy.role, copy.external_id) == (Secret("file", "/etc/key"), ROLE, "a-word")


@pytest.mark.parametrize(
    ("which", "typed", "selector"),
    [
        ("", None, "newest"),
        ('which = "newest-proven"', None, "newest-proven"),
        ('which = "newest-proven"', "newest", "newest"),
        ("", "scims-db-20261122T020000Z", "scims-db-20261122T020000Z"),
    ],
)
def test_what_is_copied_is_what_was_typed_else_what_the_settings_say(which, typed, selector):
    assert resolved(TABLE + which, selector=typed).selector == selector


def test_variables_of_restic_there_come_from_secrets():
    table = TABLE + 'environment = { B2_ACCOUNT_ID = "env:OTHER_ID", B2_ACCOUNT_KEY = "file:/b2" }'
    assert resolved(table).second.environment == {
        "B2_ACCOUNT_ID": Secret("env", "OTHER_ID"),
        "B2_ACCOUNT_KEY": Secret("file", "/b2"),
    }


def test_commands_that_copy_nothing_want_nothing_of_it():
    assert resolved(copy="", needs=Needs(vault=True)).copy is None


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("", "define no second copy of scims-db"),
        ("[sources.scims-db.copy]\n", "catalog in SCIMS_SETTINGS is missing"),
        (TABLE.replace("catalog =", "catalogue ="), "did you mean 'catalog'?"),
        (TABLE + "retention = { last = 1 }", "retention in SCIMS_SETTINGS is not known"),
        (TABLE + 'which = "oldest"', "which in SCIMS_SETTINGS is invalid (one of newest, newest-proven)"),
        (TABLE + 'endpoint = "s3.example.net"', "write https://HOST"),
        (TABLE + 'endpoint = "https://user:secret@s3.example.net"', "endpoint"),
        (TABLE + 'role = "writer"', "arn:aws:iam::ACCOUNT:role/NAME"),
        (TABLE + 'external_id = "a-word"', "without a role"),
        (TABLE + 'profile = "p"\ncredentials = "env:KEY"', "keep one of them"),
        (TABLE + 'credentials = "AKIA:secret"', "not the password itself"),
        (TABLE + "region = 1", "write a text in quotes"),
        (TABLE + 'environment = "B2=x"', 'NAME = "env:OTHER"'),
        (TABLE + "object_lock = 6", "write a table"),
        (
            TABLE.replace('vault = "restic:s3:https://s3.example.net/there"', 'vault = "s3://there/v"'),
            "restic vaults only",
        ),
        (TABLE.replace("s3://there/catalog", "s3://here/catalog"), "is the catalog of the source itself"),
        (
            '[sources.scims-db.copy]\ncatalog = "s3://there/c"\nvault = "s3://here/vault"',
            "is the vault of the source itself",
        ),
        (TABLE.replace('vault_secret = "env:THERE"', ""), "the vault's password is not set"),
    ],
)
def test_what_is_wrong_is_told_by_name(table, told):
    said = refusal(table)
    assert told in said
    assert "secret@" not in said


def test_the_same_names_at_another_endpoint_are_another_place():
    table = TABLE.replace("s3://there/catalog", "s3://here/catalog") + 'endpoint = "https://s3.example.net"'
    assert resolved(table).second.catalog == S3Place("here", "catalog")
