"""Where a Redis server is: URLs, secrets, variables; nothing secret is shown."""

import pytest

from scims_backup.domain.credentials import credentials_in
from scims_backup.domain.errors import SecretError, UsageError
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.connect.log_in import address_of, administrator_of
from scims_backup.engines.redis.connect.variables import password_in, variables_in

SECRET = "hunter2-never-shown"
ACCEPTED = {
    "redis://cache.example": "redis://cache.example:6379",
    "redis://cache.example/": "redis://cache.example:6379",
    "redis://cache.example:6380/15": "redis://cache.example:6380/15",
    "redis://backup@cache.example/0": "redis://backup@cache.example:6379",
    "redis://back%40up@cache.example": "redis://back%40up@cache.example:6379",
    "redis://[::1]:7000/1": "redis://[::1]:7000/1",
    "redis://cache.example?db=3": "redis://cache.example:6379/3",
    "redis://cache.example/3?db=3": "redis://cache.example:6379/3",
    "rediss://cache.example?ssl_ca_certs=/etc/ca.pem": "rediss://cache.example:6379?ssl_ca_certs=/etc/ca.pem",
    "rediss://cache.example/2?ssl_cert_reqs=none": "rediss://cache.example:6379/2?ssl_cert_reqs=none",
    "unix:///run/redis.sock": "unix:///run/redis.sock",
    "unix://backup@/run/redis.sock?db=4": "unix://backup@/run/redis.sock?db=4",
    "unix:///run/my%20redis.sock": "unix:///run/my%20redis.sock",
}
REFUSED = {
    "": "scheme",
    "cache.example:6379": "scheme",
    "postgresql://cache.example/scims": "scheme",
    "redis-sentinel://cache.example:26379/main": "scheme",
    "redis://": "no host",
    "redis:///0": "no host",
    "redis://a.example:1,b.example:2": "cannot be parsed",
    "redis://a.example,b.example": "several hosts",
    "redis://cache.example:0": "port 0",
    "redis://cache.example:65536": "cannot be parsed",
    "redis://cache.example:port": "cannot be parsed",
    "redis://[::1": "cannot be parsed",
    "redis://cache.example/live": "not a number",
    "redis://cache.example/-1": "not a number",
    "redis://cache.example/1/2": "not a number",
    "redis://cache.example/99999999999": "not a number",
    "redis://cache.example/1?db=2": "two database numbers",
    "redis://cache.example?db=1&db=1": "twice",
    "redis://cache.example?db=": "no value",
    "redis://cache.example?db": "parsed after its ?",
    "redis://cache.example?socket_timeout=1": "unknown option socket_timeout",
    "redis://cache.example?ssl_ca_certs=/etc/ca.pem": "does not use TLS",
    "rediss://cache.example?ssl_cert_reqs=optional": "ssl_cert_reqs",
    "rediss://cache.example?ssl_check_hostname=maybe": "ssl_check_hostname",
    "redis://cache.example/0#main": "fragment",
    "redis://cache example": "blanks",
    "redis://cache.example\n": "blanks",
    "redis://cache.example\x00": "blanks",
    "redis://us%00er@cache.example": "NUL",
    "unix://run/redis.sock": "absolute path",
    "unix://": "absolute path",
    "unix:///": "absolute path",
    "unix:///run/redis.sock?ssl_ca_certs=/etc/ca.pem": "does not use TLS",
}
WITH_SECRETS = (
    f"redis://:{SECRET}@cache.example",
    f"redis://backup:{SECRET}@cache.example/0",
    f"rediss://backup:{SECRET}@cache.example",
    f"unix://:{SECRET}@/run/redis.sock",
    f"redis://cache.example?password={SECRET}",
    f"unix:///run/redis.sock?password={SECRET}",
    f"rediss://cache.example?ssl_keyfile=/k&ssl_password={SECRET}",
    f"redis://{SECRET}:@cache.example",
)


@pytest.mark.parametrize(("url", "shown"), ACCEPTED.items())
def test_an_address_is_shown_in_one_form_which_means_the_same(url, shown):
    address = RedisAddress.parse(url, SECRET)
    assert str(address) == shown
    assert RedisAddress.parse(shown, SECRET) == address


@pytest.mark.parametrize(("url", "why"), REFUSED.items())
def test_what_is_no_address_is_refused_with_the_form(url, why):
    with pytest.raises(UsageError) as caught:
        RedisAddress.parse(url)
    assert why in caught.value.message
    assert caught.value.cure


@pytest.mark.parametrize("url", WITH_SECRETS)
def test_a_secret_in_the_url_is_refused_and_not_repeated(url):
    with pytest.raises(UsageError) as caught:
        RedisAddress.parse(url)
    assert SECRET not in str(caught.value)
    assert "remove it" in caught.value.cure


@pytest.mark.parametrize("url", ACCEPTED)
def test_the_password_is_in_the_url_for_programs_alone(url):
    address = RedisAddress.parse(url, "p@ss/w:rd")
    assert "p%40ss%2Fw%3Ard@" in address.url()
    for shown in (str(address), repr(address), *address.names()):
        assert "p@ss" not in shown
        assert "p%40ss" not in shown


def test_names_are_all_parts_that_a_secret_may_hold():
    address = RedisAddress.parse("rediss://backup@cache.example:7000/3?ssl_ca_certs=/etc/ca.pem")
    assert set(address.names()) == {"cache.example", "7000", "backup", "3", "/etc/ca.pem"}


def secret(text):
    return credentials_in(text, "cache-secret")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'{{"host": "c", "password": "{SECRET}"}}', "rediss://c:6379"),
        (
            f'{{"host": "c", "port": "7000", "username": "u", "password": "{SECRET}", "tls": false}}',
            "redis://u@c:7000",
        ),
        (f'{{"host": "::1", "port": 7, "password": "{SECRET}", "tls": "true"}}', "rediss://[::1]:7"),
        (f'{{"url": "redis://u@c/2", "password": "{SECRET}"}}', "redis://u@c:6379/2"),
        (f'{{"engine": "Valkey", "host": "c", "password": "{SECRET}"}}', "rediss://c:6379"),
    ],
)
def test_a_secret_may_hold_the_address(text, expected):
    address = address_of("", secret(text), {})
    assert (str(address), address.password) == (expected, SECRET)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (SECRET, "no host"),
        (f'{{"password": "{SECRET}", "username": "u"}}', "no host"),
        (f'{{"password": "{SECRET}", "host": ""}}', "host"),
        (f'{{"password": "{SECRET}", "host": "c", "port": 0}}', "port"),
        (f'{{"password": "{SECRET}", "host": "c", "port": true}}', "port"),
        (f'{{"password": "{SECRET}", "host": "c", "tls": 1}}', "tls"),
        (f'{{"password": "{SECRET}", "host": "c", "tls": "on"}}', "tls"),
        (f'{{"password": "{SECRET}", "host": "c", "username": 7}}', "username"),
        (f'{{"password": "{SECRET}", "host": "c", "engine": "postgres"}}', "another engine"),
        (f'{{"password": "{SECRET}", "url": "redis://u:{SECRET}@c"}}', "password"),
    ],
)
def test_a_secret_that_does_not_say_enough_is_refused_by_its_name(text, why):
    with pytest.raises(SecretError) as caught:
        address_of("", secret(text), {})
    assert why in caught.value.message
    assert "cache-secret" in caught.value.message
    assert SECRET not in str(caught.value)
    assert caught.value.cure


@pytest.mark.parametrize(("url", "user"), [("redis://c", "from-secret"), ("redis://of-url@c", "of-url")])
def test_the_url_wins_over_the_secret(url, user):
    text = f'{{"host": "other", "username": "from-secret", "password": "{SECRET}"}}'
    address = address_of(url, secret(text), {})
    assert (address.host, address.user, address.password) == ("c", user, SECRET)


def test_a_restore_goes_where_the_administrators_secret_says_to_the_sources_number():
    elsewhere = secret(f'{{"host": "other", "username": "admin", "password": "{SECRET}"}}')
    assert str(administrator_of("redis://backup@c/3", elsewhere)) == "rediss://admin@other:6379/3"
    password = secret(f'{{"username": "admin", "password": "{SECRET}"}}')
    assert str(administrator_of("redis://backup@c/3", password)) == "redis://admin@c:6379/3"
    assert str(administrator_of("redis://backup@c/3", secret(SECRET))) == "redis://backup@c:6379/3"


@pytest.mark.parametrize(
    ("environment", "password"),
    [
        ({}, None),
        ({"REDISCLI_AUTH": ""}, None),
        ({"REDISCLI_AUTH": SECRET}, SECRET),
        ({"VALKEYCLI_AUTH": SECRET}, SECRET),
        ({"REDISCLI_AUTH": SECRET, "VALKEYCLI_AUTH": SECRET}, SECRET),
    ],
)
def test_without_a_secret_the_clients_variable_has_the_password(environment, password):
    assert address_of("redis://c", None, environment).password == password


def test_two_passwords_are_a_contradiction():
    with pytest.raises(UsageError, match="different passwords") as caught:
        password_in({"REDISCLI_AUTH": SECRET, "VALKEYCLI_AUTH": "another"})
    assert SECRET not in str(caught.value)


def test_variables_of_clients_and_applications_are_kept_from_all_others():
    ours = ["REDISCLI_AUTH", "VALKEYCLI_AUTH", "REDIS_URL", "REDIS_HOST", "REDIS_PASSWORD", "VALKEY_URL"]
    others = ["PATH", "SCIMS_REDIS_BIN", "REDISTRIBUTE", "CELERY_BROKER_URL"]
    assert variables_in(dict.fromkeys([*ours, *others], "x")) == ours
