"""What secrets hold, as text and read: plain passwords, RDS's JSON, addresses, and never shown."""

import json
import os
import traceback

import pytest

from scims_backup.bootstrap.secrets import Secrets
from scims_backup.domain.credentials import Credentials, credentials_in, password_in
from scims_backup.domain.errors import SecretError, UsageError
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.credentials import url_of
from scims_backup.engines.registry import ENGINES
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.model import Secret

POSTGRESQL = ENGINES.of_address("postgresql://")
NAME = "aws:scims/db"
PASSWORD = "hunter2/with:all @sorts"
OF_RDS = {
    "engine": "postgres",
    "host": "db.eu-west-1.rds.amazonaws.com",
    "port": 5433,
    "dbname": "scims",
    "username": "backup",
    "password": PASSWORD,
    "dbInstanceIdentifier": "scims",
}


def without(*keys):
    return {key: value for key, value in OF_RDS.items() if key not in keys}


def refusal(action):
    with pytest.raises(SecretError) as caught:
        action()
    assert NAME in caught.value.message
    assert caught.value.cure
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None
    return caught.value


def test_a_plain_password_is_one_without_its_line_break():
    assert credentials_in("correct horse\r\n", NAME) == Credentials(NAME, "correct horse")
    assert password_in("correct horse\n", NAME) == "correct horse"


@pytest.mark.parametrize("text", ["12345", '"quoted"', "[1]", "null", " spaces "])
def test_what_is_no_json_object_is_a_plain_password(text):
    assert credentials_in(text, NAME).password == text


def test_a_vault_s_password_may_begin_like_json():
    assert password_in('{"password": "x"', NAME) == '{"password": "x"'


def test_rds_s_own_form_gives_address_and_password_reached_by_tls():
    credentials = credentials_in(json.dumps(OF_RDS), NAME)
    assert credentials.password == PASSWORD
    assert url_of(credentials) == (
        "postgresql://backup@db.eu-west-1.rds.amazonaws.com:5433/scims?sslmode=require"
    )


@pytest.mark.parametrize("host", ["db.example", "::1", "/run/postgresql"])
def test_an_address_keeps_what_a_url_would_take_for_something_else(host):
    odd = {**OF_RDS, "host": host, "username": "a@b/c?d#e%f", "dbname": "d/b ü&x=1", "port": "6543"}
    parameters = Address.parse(url_of(credentials_in(json.dumps(odd), NAME))).parameters
    assert parameters == {
        "host": host,
        "port": "6543",
        "user": "a@b/c?d#e%f",
        "dbname": "d/b ü&x=1",
        "sslmode": "require",
    }


def test_the_port_of_rds_s_form_is_postgresql_s_own_unless_said_otherwise():
    assert ":5432/scims" in url_of(credentials_in(json.dumps(without("port")), NAME))


@pytest.mark.parametrize("engine", ["postgres", "aurora-postgresql"])
def test_engines_of_postgresql_are_taken(engine):
    assert url_of(credentials_in(json.dumps({**OF_RDS, "engine": engine}), NAME))


def test_a_url_in_a_secret_wins_over_the_parts_of_an_address():
    url = "postgresql://u@host/db?sslmode=verify-full"
    assert url_of(credentials_in(json.dumps({**OF_RDS, "url": url}), NAME)) == url


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        (without("dbname"), "no dbname"),
        (without("host", "dbname"), "no host, dbname"),
        ({"password": PASSWORD}, "no host, dbname, username"),
        ({**OF_RDS, "engine": "mysql"}, "another engine"),
        ({**OF_RDS, "port": "hunter2"}, "port in"),
        ({**OF_RDS, "port": True}, "port in"),
        ({**OF_RDS, "port": 70000}, "port in"),
        ({**OF_RDS, "host": ""}, "host in"),
        ({**OF_RDS, "username": 7}, "username in"),
        ({**OF_RDS, "username": "hunter2\ud800"}, "username in"),
        ({"url": "postgresql://h\0unter2/", "password": PASSWORD}, "url in"),
        ({"url": ["hunter2"], "password": PASSWORD}, "url in"),
    ],
)
def test_an_address_that_is_wanted_and_not_whole_is_named_by_its_key(entries, says):
    credentials = credentials_in(json.dumps(entries), NAME)
    assert credentials.password == PASSWORD
    assert says in refusal(lambda: url_of(credentials)).message


def test_a_plain_password_tells_no_address_and_which_keys_would():
    error = refusal(lambda: url_of(credentials_in(PASSWORD, NAME)))
    for key in ("url", "host", "port", "dbname", "username"):
        assert key in error.cure


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "hunter2"',
        "{hunter2}",
        '{"user": "hunter2"}',
        '{"password": ["hunter2"]}',
        '{"password": ""}',
        "{" * 100_000 + "hunter2",
        '{"a":' * 100_000 + "hunter2",
        '{"password": "hunter2\\u0000"}',
        '{"password": "hunter2\\ud800"}',
        "",
        "\n",
    ],
)
def test_damaged_json_and_what_is_no_password_are_refused_without_being_shown(text):
    refusal(lambda: credentials_in(text, NAME))


def test_credentials_do_not_show_themselves():
    assert "hunter2" not in repr(credentials_in(json.dumps(OF_RDS), NAME))


class FakeManager:
    """Secrets in a dictionary; remembers what was asked for."""

    def __init__(self, **secrets):
        self.secrets = secrets
        self.asked = []

    def read(self, secret):
        self.asked.append(secret)
        return self.secrets[secret]


@pytest.fixture
def manager():
    return FakeManager(db=json.dumps(OF_RDS), vault="correct horse\n", plain="battery", bad='{"password":')


@pytest.fixture
def redactor():
    return Redactor()


@pytest.fixture
def secrets(manager, redactor):
    environment = {
        "DB": "staple",
        "JSON": '{"password": "x"}',
        "RESTIC_PASSWORD_FILE": "/old",
        "PATH": "/bin",
    }
    return Secrets(environment, redactor, lambda: manager)


def test_the_address_comes_from_the_secret_where_the_settings_have_none(secrets):
    address = secrets.address(POSTGRESQL, Secret("aws", "db"), "")
    assert address.parameters["host"] == OF_RDS["host"]
    assert address.parameters["sslmode"] == "require"
    assert address.password == PASSWORD


def test_the_settings_address_wins_and_the_secret_s_password_goes_with_it(secrets):
    address = secrets.address(POSTGRESQL, Secret("aws", "db"), "postgresql://u@other/db")
    assert address.parameters == {"user": "u", "host": "other", "dbname": "db"}
    assert address.password == PASSWORD


@pytest.mark.parametrize(
    ("secret", "password"),
    [
        (None, None),
        (Secret("env", "DB"), "staple"),
        (Secret("env", "JSON"), '{"password": "x"}'),
        (Secret("aws", "plain"), "battery"),
    ],
)
def test_every_kind_of_secret_gives_the_password(secrets, secret, password):
    assert secrets.address(POSTGRESQL, secret, "postgresql://u@h/db").password == password


SOURCE = "postgresql://reader@replica:5432/scims?sslmode=verify-full"


def administrator(secrets, manager, entries, url=SOURCE):
    manager.secrets["admin"] = json.dumps(entries) if isinstance(entries, dict) else entries
    return secrets.administrator(POSTGRESQL, Secret("aws", "admin"), url)


def test_an_administrator_s_url_wins_as_a_whole(secrets, manager):
    entries = {"url": "postgresql://root@db/other", "password": PASSWORD}
    address = administrator(secrets, manager, entries)
    assert address.parameters == {"user": "root", "host": "db", "dbname": "other"}
    assert address.password == PASSWORD


@pytest.mark.parametrize(
    ("entries", "differs"),
    [
        ({"username": "root", "password": PASSWORD}, {"user": "root"}),
        (
            {**OF_RDS, "username": "root", "dbname": "postgres"},
            {"user": "root", "host": OF_RDS["host"], "port": "5433"},
        ),
        ({"password": PASSWORD}, {}),
        (PASSWORD, {}),
    ],
    ids=["what RDS keeps for its master user", "RDS's own form", "a password in JSON", "a plain password"],
)
def test_what_an_administrator_s_secret_does_not_tell_is_the_source_s(secrets, manager, entries, differs):
    address = administrator(secrets, manager, entries)
    of_source = {"user": "reader", "host": "replica", "port": "5432", "dbname": "scims"}
    assert address.parameters == {**of_source, "sslmode": "verify-full", **differs}
    assert address.password == PASSWORD


def test_without_the_source_s_address_an_administrator_s_secret_must_tell_all(secrets, manager):
    assert administrator(secrets, manager, OF_RDS, "").parameters["dbname"] == "scims"
    manager.secrets["role"] = json.dumps({"username": "root", "password": PASSWORD})
    with pytest.raises(SecretError, match="aws:role does not contain the database's address: it has no host"):
        secrets.administrator(POSTGRESQL, Secret("aws", "role"), "")


def test_an_administrator_s_secret_may_be_json_wherever_it_is(secrets):
    secrets._environment["ADMIN"] = json.dumps({"url": "postgresql://root@db/scims", "password": PASSWORD})
    assert secrets.administrator(POSTGRESQL, Secret("env", "ADMIN"), "").parameters["user"] == "root"


@pytest.mark.parametrize("wrong", [{"engine": "mysql"}, {"port": "x"}, {"host": ""}, {"username": 7}])
def test_an_administrator_s_secret_that_cannot_be_used_is_named(secrets, manager, wrong):
    with pytest.raises(SecretError, match="aws:admin"):
        administrator(secrets, manager, {**OF_RDS, **wrong})


def test_without_an_address_anywhere_the_secret_is_named(secrets):
    with pytest.raises(SecretError, match="aws:plain does not contain the database's address"):
        secrets.address(POSTGRESQL, Secret("aws", "plain"), "")


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@h/db", "nonsense hunter2"])
def test_a_url_in_a_secret_that_cannot_be_used_is_told_as_the_secret_s(secrets, manager, url):
    manager.secrets["db"] = json.dumps({"url": url, "password": "x"})
    with pytest.raises(SecretError, match="url in the secret aws:db") as caught:
        secrets.address(POSTGRESQL, Secret("aws", "db"), "")
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_a_secret_is_read_once_and_only_when_it_is_wanted(secrets, manager):
    assert manager.asked == []
    for _ in range(2):
        secrets.address(POSTGRESQL, Secret("aws", "db"), "")
        secrets.password(Secret("aws", "vault"))
    assert manager.asked == ["db", "vault"]


def test_every_password_that_was_read_is_known_to_the_redactor(secrets, redactor):
    secrets.address(POSTGRESQL, Secret("aws", "db"), "")
    secrets.address(POSTGRESQL, Secret("env", "DB"), "postgresql://h/db")
    secrets.password(Secret("aws", "vault"))
    for text in (PASSWORD, json.dumps(OF_RDS), "staple", "correct horse"):
        assert redactor.redact(f"<{text}>") == "<***>"


def test_a_damaged_secret_is_known_to_the_redactor_too(secrets, redactor):
    with pytest.raises(SecretError):
        secrets.address(POSTGRESQL, Secret("aws", "bad"), "")
    assert redactor.redact('{"password":') == "***"


def test_restic_gets_its_password_in_a_mapping_of_its_own_and_by_no_other_way(secrets, monkeypatch):
    monkeypatch.delenv("RESTIC_PASSWORD", raising=False)
    environment = secrets.for_restic(Secret("aws", "vault"))
    assert environment["RESTIC_PASSWORD"] == "correct horse"
    assert "RESTIC_PASSWORD_FILE" not in environment
    assert environment["PATH"] == "/bin"
    assert "RESTIC_PASSWORD" not in os.environ


def test_without_a_secret_restic_gets_what_the_environment_has(secrets):
    assert secrets.for_restic(None)["RESTIC_PASSWORD_FILE"] == "/old"


def test_a_secret_of_the_environment_that_is_not_set_is_a_matter_of_settings(secrets):
    with pytest.raises(UsageError, match="env:NOTHING"):
        secrets.for_restic(Secret("env", "NOTHING"))
