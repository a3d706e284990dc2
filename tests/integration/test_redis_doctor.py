"""What `doctor` says of Redis servers: at real ones, without taking an RDB."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain.errors import SourceAccessError, SourceUnreachableError, ToolMissingError
from scims_backup.domain.health import State
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.connect.rights import may_replicate
from scims_backup.engines.redis.connect.server_facts import facts_of
from scims_backup.engines.redis.doctor import RedisExamination
from scims_backup.engines.redis.dumping.preflight import kernel_of
from scims_backup.engines.redis.sandbox import sandboxing as sandboxing_module
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing

PASSWORD = "right"


def examination(server, user="", *, ahead=timedelta(), **options):
    url = server.url.replace("//", f"//{user}@") if user else server.url
    address = RedisAddress.parse(url, PASSWORD if user else None)
    sandboxing = Sandboxing(programs=server.program.path.parent, **options)
    return RedisExamination("cache", lambda: address, sandboxing, lambda: datetime.now(UTC) + ahead)


def looks(server, user="", **options):
    """Run every check; return what each observed."""
    return {check.name: list(check.look()) for check in examination(server, user, **options).checks()}


def add_user(server, name, *commands):
    with server.client() as client:
        client.acl_setuser(name, enabled=True, reset=True, passwords=[f"+{PASSWORD}"], commands=commands)


def forks(server):
    with server.client() as client:
        return client.info("stats")["total_forks"]


def test_a_sound_server_is_fine_in_all_and_is_asked_for_no_rdb(each_redis):
    before = forks(each_redis)
    found = looks(each_redis)
    assert next(iter(found)) == "connection"
    assert {one.state for several in found.values() for one in several} == {State.FINE}
    assert forks(each_redis) == before


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (["+@all"], True),
        (["+ping", "+info", "+multi", "+discard", "+replconf", "+psync"], True),
        (["+@all", "-psync"], False),
        (["+@all", "-replconf"], False),
    ],
)
def test_the_right_to_replicate_is_found_out_without_a_fork(each_redis, commands, expected):
    add_user(each_redis, "backup", *commands)
    before = forks(each_redis)
    address = RedisAddress.parse(each_redis.url)
    with each_redis.client(username="backup", password=PASSWORD) as client:
        assert may_replicate(client, facts_of(address)) is expected
    assert forks(each_redis) == before
    with each_redis.client() as client:
        assert client.info("replication")["connected_slaves"] == 0


def test_a_missing_right_is_named(each_redis):
    add_user(each_redis, "backup", "+@all", "-psync")
    with pytest.raises(SourceAccessError) as caught:
        list(examination(each_redis, "backup").rights())
    assert "+psync" in caught.value.cure


def test_what_a_user_may_not_see_is_not_checked_rather_than_fine(redis_server):
    add_user(redis_server, "backup", "+ping", "+info", "+replconf", "+psync")
    found = looks(redis_server, "backup")
    states = {(name, one.state) for name, several in found.items() for one in several}
    assert ("replication-rights", State.FINE) in states
    assert {("server-settings", State.NOT_CHECKED), ("clock", State.NOT_CHECKED)} <= states
    assert State.PROBLEM not in {state for _, state in states}


@pytest.mark.parametrize(
    ("setting", "value", "said"), [("rdbchecksum", "no", "rdbchecksum"), ("repl_timeout", 5, "repl-timeout")]
)
def test_a_setting_that_endangers_backups_is_a_problem(new_redis, setting, value, said):
    found = looks(new_redis(**{setting: value}))["server-settings"]
    (one,) = [one for one in found if one.state is State.PROBLEM]
    assert said in one.message
    assert one.cure


def test_clocks_that_differ_are_a_problem(redis_server):
    (one,) = looks(redis_server, ahead=timedelta(hours=1))["clock"]
    assert one.state is State.PROBLEM


def test_too_little_memory_for_a_proof_is_a_problem(redis_server):
    (one,) = looks(redis_server, environment={"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1"})["sandbox-memory"]
    assert one.state is State.PROBLEM
    assert "counts keys only" in one.message


def test_a_missing_program_is_reported(redis_server, monkeypatch):
    def missing(*_):
        raise ToolMissingError("no server program", "install one")

    monkeypatch.setattr(sandboxing_module, "find_server", missing)
    with pytest.raises(ToolMissingError):
        list(examination(redis_server).sandbox_programs())


def test_nothing_at_the_address_is_unreachable(new_redis):
    server = new_redis()
    server.stop()
    with pytest.raises(SourceUnreachableError):
        list(examination(server).connection())


def test_the_kernel_of_a_server_here_is_seen_and_of_one_elsewhere_is_not(redis_server):
    address = RedisAddress.parse(redis_server.url)
    facts = facts_of(address)
    kernel = kernel_of(address, facts)
    assert kernel is not None
    assert kernel.overcommit in (0, 1, 2)
    assert kernel.available > 0
    assert kernel_of(RedisAddress.parse("redis://elsewhere.example"), facts) is None
    assert kernel_of(address, replace(facts, info={**facts.info, "process_id": os.getpid()})) is None
