"""Hiding secrets: a strong one everywhere, a weak one only where secrets stand."""

import io
import json

import pytest

from scims_backup.domain.redaction import HIDDEN, hide, is_weak
from scims_backup.runtime.logs import Redactor, structured_logger

NAMES = (
    "scims-db",
    "postgresql://scims_backup@db.prod-cluster9.example.org:5432/scims2026live",
    "s3://scims-catalog/production",
)
WEAK = {
    "the database's name": "scims",
    "the role's name": "scims_backup",
    "the source's name": "scims-db",
    "a part of the host's name": "prod-cluster9",
    "a part of a longer name": "prod",
    "a part of the database's name": "scims2026",
    "the same in capitals": "SCIMS2026LIVE",
    "a common word": "password",
    "another": "postgres",
    "a short word": "secret",
    "a word with a number": "admin1",
    "a number": "5432",
    "a number with the look of a date": "20261122",
    "one letter": "a",
    "two": "db",
    "what JSON is made of": '":"',
}
STRONG = [
    "hunter22",
    "correct horse",
    "swordfish",
    "staple",
    "hunter2",
    "tr0ub4dor&3",
    "Zx9!kQ",
    "hQzPwLm",
    "4111-1111",
    "271828182845",
    'p"ä\\ß w:@/%',
    "aws/secret+key==",
    "scims-Prod7",
]


def document():
    return (
        "scims-db: connecting to postgresql://scims_backup@db.prod-cluster9.example.org:5432/scims2026live, "
        "table public.password_admin1, port 5432, role scims_backup, 20261122T020000Z, postgres, "
        "production: a db"
    )


@pytest.mark.parametrize("secret", WEAK.values(), ids=WEAK)
def test_a_weak_secret_hides_no_name(secret):
    assert is_weak(secret, NAMES)
    assert hide(document(), [secret], NAMES) == document()


@pytest.mark.parametrize("secret", [secret for secret in WEAK.values() if '"' not in secret])
@pytest.mark.parametrize(
    "place",
    [
        "password={}",
        "host=x password={} user=y",
        "password='{}'",
        "PGPASSWORD={}",
        "RESTIC_PASSWORD: {}",
        "password: '{}'",
        "ALTER ROLE x PASSWORD '{}'",
        '{{"password": "{}"}}',
        "{{'password': '{}'}}",
        "('password', '{}')",
        "bad password {}",
        "the password is {}",
        'wrong passphrase "{}"',
        "token={}",
        "AWS_SECRET_ACCESS_KEY={}",
        "postgresql://user:{}@host/x",
        "rest:https://user:{}@host:1/x",
    ],
)
def test_a_weak_secret_is_hidden_where_secrets_stand(secret, place):
    shown = hide(place.format(secret), [secret], NAMES)
    assert shown == place.format(HIDDEN)


def test_where_a_weak_secret_is_only_a_part_of_what_stands_there_it_is_not_meant():
    text = 'password=production, FATAL: password authentication failed for user "prod"'
    assert hide(text, ["prod"], NAMES) == text


@pytest.mark.parametrize("secret", STRONG)
@pytest.mark.parametrize("place", ["{}", "it is {}!", "x{}y", "postgresql://user:{}@host/x", '["{}"]'])
def test_a_strong_secret_shows_nowhere(secret, place):
    assert not is_weak(secret, NAMES)
    shown = hide(place.format(secret), [secret], NAMES)
    assert secret not in shown
    assert HIDDEN in shown
    for written in (repr(secret), json.dumps(secret), json.dumps(secret, ensure_ascii=False)):
        assert written[1:-1] not in hide(f"said {written}", [secret], NAMES)


def test_a_strong_secret_is_hidden_beside_a_weak_one_that_is_part_of_it():
    assert hide("prod hunter22prod", ["prod", "hunter22prod"]) == f"prod {HIDDEN}"


def test_names_that_are_addresses_do_not_make_a_password_in_them_a_name():
    redactor = Redactor.of_environment(
        {"SCIMS_VAULT": "rest:https://user:hunter22hunter@host/repo", "PGPASSWORD": "hunter22hunter"}
    )
    assert redactor.redact("hunter22hunter") == HIDDEN
    assert "hunter22" not in redactor.redact("rest:https://user:hunter22hunter@host/repo")


@pytest.mark.parametrize("secret", ["INFO", "message", "level", "scims", "42", "123456789012", '","'])
def test_a_log_line_stays_json_with_its_keys_and_numbers_whatever_the_secret(secret):
    stream = io.StringIO()
    redactor = Redactor([secret])
    redactor.know_names(["scims-db"])
    facts = {"source": "scims-db", "bytes": 42, "count": 123456789012, "password": secret}
    structured_logger(redactor, stream).info("backup of scims-db", facts=facts)
    line = json.loads(stream.getvalue())
    assert (line["level"], line["message"]) == ("INFO", "backup of scims-db")
    assert line["facts"] == {**facts, "password": HIDDEN}
