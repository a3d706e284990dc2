"""What a live server is asked beyond equality: it is only read, by its own word for what reads."""

import pytest

from scims_backup.domain.expectations import Expectation
from scims_backup.domain.questions import Questions
from scims_backup.engines.redis.checks import Asked, run_checks


def checked(server, questions, **options):
    return run_checks(Asked(server.client, **options), questions, is_disposable=False)


@pytest.fixture
def users(each_redis):
    """A server with users; they are gone afterwards."""
    with each_redis.client() as client:
        client.execute_command("ACL", "SETUSER", "app", "on", ">secret", "~*", "+@all")
        client.execute_command("ACL", "SETUSER", "off", "off")
        client.execute_command("ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@read", "+ping")
    yield each_redis
    with each_redis.client() as client:
        client.execute_command("ACL", "DELUSER", "app", "off", "reader")


def test_a_user_that_is_on_is_not_tried_for_its_password_is_unknown(users):
    checks = checked(users, Questions(role="app"))
    assert checks.findings == []
    assert "password" in checks.not_checked[0].reason


@pytest.mark.parametrize(
    ("user", "found"), [("off", "the user is off"), ("nobody", "the user does not exist here")]
)
def test_a_user_that_cannot_log_in_is_a_finding(users, user, found):
    (finding,) = checked(users, Questions(role=user)).findings
    assert (finding.kind, finding.found) == ("role-cannot-log-in", found)
    assert user in finding.object


def test_without_the_right_to_ask_a_user_is_not_checked(users):
    def client(number):
        return users.client(number, username="reader", password="secret")

    checks = run_checks(Asked(client), Questions(role="app"), is_disposable=False)
    assert checks.findings == []
    assert "acl" in checks.not_checked[0].reason.lower()


def test_nothing_is_written_to_a_live_server(each_redis):
    with each_redis.client() as client:
        client.set("a", 1)
        before = client.info("commandstats")
        asked = [
            Expectation("a", "GET a", "= 1"),
            Expectation("b", "SET a 2", "= OK"),
            Expectation("c", "DEL a", "= 1"),
        ]
        found = checked(each_redis, Questions(asked)).findings
        assert [finding.object for finding in found] == ['expectation "b"', 'expectation "c"']
        assert client.get("a") == b"1"
        calls = {
            name: one["calls"] - before.get(name, {"calls": 0})["calls"]
            for name, one in client.info("commandstats").items()
        }
        assert {name for name in ("cmdstat_set", "cmdstat_del") if calls.get(name)} == set()


def test_a_database_is_asked_under_the_number_that_it_has_here(each_redis):
    with each_redis.client(5) as client:
        client.set("a", 1)
    asked = [Expectation("own", "DBSIZE", "= 1"), Expectation("other", "-n 2 DBSIZE", "= 1")]
    found = checked(each_redis, Questions(asked[:1]), database=0, numbers={0: 5}).findings
    assert found == []
    assert checked(each_redis, Questions(asked[1:]), numbers={2: 5}).findings == []
