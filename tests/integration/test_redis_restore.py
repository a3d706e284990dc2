"""`restore` of Redis by the command line: beside the live keys, into their place, and back."""

import json

import pytest

from tests.support import cli_schemas
from tests.support.cli import Cli
from tests.support.redis_data import fill, has_functions, load_function
from tests.support.redis_deployments import redis_deployment
from tests.support.redis_targets import keys_in


def answer(cli, command, *arguments, code=0):
    ended = cli.run(command, *arguments, "--json")
    assert ended.code == code, ended.out + ended.err
    cli_schemas.check(command if code != 2 else "error", ended.document)
    return ended.document


@pytest.fixture
def cli(redis_server, tmp_path):
    """A deployment whose server has a backup."""
    fill(redis_server, (0, 1))
    cli = Cli(redis_deployment(redis_server, tmp_path))
    answer(cli, "backup")
    return cli


def test_every_server_is_restored_swapped_and_undone(each_redis, tmp_path):
    sizes = fill(each_redis, (0, 1))
    cli = Cli(redis_deployment(each_redis, tmp_path))
    answer(cli, "backup")
    with each_redis.client() as client:
        client.flushdb()
        client.set("session:new", "since the loss")
    surveyed = answer(cli, "restore", "--dry-run")["survey"]
    assert [one for one in surveyed if one["suffices"] is False] == []
    live = cli_live(cli)
    report = answer(cli, "restore", "--swap", "--confirm", live)
    assert (report["verdict"], report["swapped"], report["database"]) == ("passed", True, live)
    assert {number: keys_in(each_redis)[number] for number in (0, 1)} == sizes
    undone = answer(cli, "restore", "--undo", "--confirm", live)
    assert undone["written"] == ["nothing was written since the swap"]
    with each_redis.client() as client:
        assert client.keys() == [b"session:new"]
    compared = answer(cli, "compare", "--target-url", each_redis.url, code=3)
    gained = [one["object"] for one in compared["findings"] if one["kind"] == "key-gained"]
    assert [name.partition(",")[0] for name in gained] == ["key of database 0"]


def cli_live(cli):
    """Ask which name confirms a swap: the refusal says it."""
    refused = answer(cli, "restore", "--swap", code=2)
    return refused["error"]["cure"].partition("--confirm ")[2].strip("'")


def test_a_restore_twice_proves_again(cli, redis_server):
    assert answer(cli, "restore")["was_there"] is False
    again = answer(cli, "restore")
    assert (again["was_there"], again["verdict"]) == (True, "passed")
    with redis_server.client(max(keys_in(redis_server))) as client:
        client.set("changed", "since")
    ended = cli.run("restore")
    assert ended.code == 3
    assert "redis-cli -n" in ended.out.replace("\n", " ")


def test_people_read_where_it_is_and_how_to_undo_it(cli):
    live = cli_live(cli)
    ended = cli.run("restore", "--swap", "--confirm", live)
    assert ended.code == 0, ended.err
    assert "is in number 15" in ended.err
    assert f"{live} is now the live database" in ended.out.replace("\n", " ")
    assert "to undo this: scims-backup restore --undo" in ended.out.replace("\n", " ")


def test_chosen_keys_by_the_command_line(cli, redis_server):
    found = answer(cli, "restore", "--keys", "string:*", "--keys", "hash:f*")
    assert found["keys"]["database 0"] > 5
    assert found["prefix"].startswith("restored:")
    with redis_server.client() as client:
        assert client.exists(f"{found['prefix']}string:raw", "string:raw") == 2


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--keys", "nothing:*"], 5, "no key that matches"),
        (["--keys", "a", "--swap"], 2, "cannot be combined"),
        (["--keys", "a", "--with", "queue"], 2, "cannot be combined"),
        (["--table", "a"], 2, "chosen tables cannot be restored"),
        (["--with", "users"], 2, "leaves no users out"),
        (["--into", "0"], 1, "no restore filled it"),
        (["--undo", "--with", "queue"], 2, "--undo only"),
    ],
)
def test_what_cannot_be_is_refused_in_words(cli, redis_server, options, code, words):
    before = keys_in(redis_server)
    ended = cli.run("restore", *options, "--json")
    assert ended.code == code, ended.out + ended.err
    assert words in json.dumps(ended.document)
    assert keys_in(redis_server) == before


def test_functions_and_the_queue_come_with_an_option(cli, redis_server):
    if has_functions(redis_server):
        load_function(redis_server, "greeting", "backed up")
    with redis_server.client(1) as client:
        client.sadd("_kombu.binding.celery", "celery")
    answer(cli, "backup")
    without = answer(cli, "restore", "--into", "without")
    assert "database 1" in {one["object"] for one in without["not_checked"]}
    report = answer(cli, "restore", "--into", "with", "--with", "queue", "--with", "functions")
    assert "database 1" not in {one["object"] for one in report["not_checked"]}


def test_a_drill_on_the_server_itself_leaves_nothing(cli, redis_server):
    before = keys_in(redis_server)
    assert answer(cli, "drill", "--full")["verdict"] == "passed"
    assert keys_in(redis_server) == before
