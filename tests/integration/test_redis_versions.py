"""Redis and Valkey of every version at hand: backed up, drilled and restored by the command line."""

import pytest

from tests.support import cli_schemas
from tests.support.cli import Cli
from tests.support.redis_data import fill, fill_expiring, fill_many
from tests.support.redis_deployments import redis_deployment

FEW = 50


def answer(cli, command, *arguments, code=0):
    ended = cli.run(command, *arguments, "--json")
    assert ended.code == code, ended.out + ended.err
    cli_schemas.check(command if code != 2 else "error", ended.document)
    return ended.document


def fill_few(server, database):
    with server.client(database) as client:
        fill_many(client, FEW)
    return FEW


@pytest.fixture
def cli(each_redis, tmp_path):
    return Cli(redis_deployment(each_redis, tmp_path))


def test_every_type_in_sixteen_databases_is_backed_up_and_drilled(each_redis, cli):
    keys = sum(fill(each_redis).values()) + sum(fill_few(each_redis, number) for number in range(2, 15))
    taken = answer(cli, "backup")
    assert (taken["level"], taken["warnings"]) == ("full", [])
    assert answer(cli, "verify")["verified"] is True
    report = answer(cli, "drill")
    assert (report["verdict"], report["findings"], report["not_checked"]) == ("passed", [], [])
    assert report["compared"] == {"databases": 16, "keys": keys, "expectations": 0}


def test_it_is_restored_beside_the_live_data_swapped_and_taken_back(each_redis, cli):
    sizes = fill(each_redis)
    answer(cli, "backup")
    with each_redis.client() as client:
        client.delete("list:long")
        client.set("written", "since the backup")
        restored = answer(cli, "restore", "--swap", "--confirm", str(each_redis.socket))
        assert (restored["verdict"], restored["findings"], restored["swapped"]) == ("passed", [], True)
        assert restored["compared"]["keys"] == sum(sizes.values())
        assert (client.exists("list:long"), client.exists("written"), client.dbsize()) == (1, 0, sizes[0])
        answer(cli, "restore", "--undo", "--confirm", str(each_redis.socket))
        assert (client.exists("list:long"), client.exists("written"), client.dbsize()) == (0, 1, sizes[0])


def test_keys_that_expire_before_the_drill_are_in_the_backup(each_redis, cli):
    with each_redis.client() as client:
        fill_expiring(client, 500, within_ms=1000)
        client.set("stays", 1)
        answer(cli, "backup")
        held = client.dbsize()  # so many at least: some may have expired meanwhile
        while client.dbsize() > 1:
            pass
    report = answer(cli, "drill")
    assert report["verdict"] == "passed"
    assert report["compared"]["keys"] >= held


def test_an_empty_server_is_backed_up_and_drilled(redis_server, tmp_path):
    cli = Cli(redis_deployment(redis_server, tmp_path))
    answer(cli, "backup")
    report = answer(cli, "drill")
    assert (report["verdict"], report["compared"]["keys"]) == ("passed", 0)


def test_counts_alone_are_drilled(redis_server, tmp_path):
    cli, sizes = Cli(redis_deployment(redis_server, tmp_path)), fill(redis_server)
    assert answer(cli, "backup", "--level", "counts")["level"] == "counts"
    report = answer(cli, "drill")
    assert (report["verdict"], report["compared"]["keys"]) == ("passed", sum(sizes.values()))
    assert report["not_checked"]
