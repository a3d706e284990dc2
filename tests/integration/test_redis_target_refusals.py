"""What a live server of Redis must have before a restore touches it."""

import dataclasses

import pytest
import redis

from scims_backup.domain.errors import (
    SandboxError,
    SourceError,
    SwapRefusedError,
    SwapUnknownError,
    TargetError,
)
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.rules.marker import KEY, Marker, seal_key
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from scims_backup.engines.redis.targets import swap
from scims_backup.engines.redis.targets.claims import claimed
from scims_backup.engines.redis.targets.target import RedisTarget
from tests.fakes import RecordedProgress
from tests.integration.test_redis_target import NOW
from tests.support.redis_archives import RedisArchive, archive_of
from tests.support.redis_data import fill_many, fill_strings
from tests.support.redis_servers import running
from tests.support.redis_targets import checked, keys_in, notes, restored, target_of
from tests.support.servers import free_port


@pytest.fixture(scope="module")
def archive():
    """A server's strings, in two databases."""
    with running() as server:
        for number in (0, 1):
            with server.client(number) as client:
                fill_strings(client)
        return archive_of(server)


def needing(archive, memory):
    """Return an archive whose keys took so many bytes in the source."""
    server = dataclasses.replace(archive.proof.server, memory=memory)
    return RedisArchive(archive.data, dataclasses.replace(archive.proof, server=server))


def refused(live, archive, **how):
    """Return the words in which a restore is refused; the live server is as before."""
    target, before = target_of(live, **how), keys_in(live)
    with pytest.raises(TargetError) as error:
        restored(target, archive)
    assert error.value.cure
    assert keys_in(live) == before
    surveyed = target.survey(archive.proof, len(archive.data), "x")
    assert [one for one in surveyed if one.suffices is False], surveyed
    return str(error.value)


@pytest.mark.parametrize(
    ("policy", "fate"),
    [
        ("allkeys-lru", "would evict live keys"),
        ("volatile-ttl", "would evict live keys"),
        ("noeviction", "would fail"),
    ],
)
def test_too_little_below_maxmemory(archive, new_redis, policy, fate):
    live = new_redis(maxmemory="20mb", maxmemory_policy=policy)
    assert fate in refused(live, needing(archive, 30_000_000))


def test_too_little_memory_in_the_machine(archive, redis_server):
    assert "machine's memory" in refused(redis_server, needing(archive, 1 << 42))


def test_not_one_live_key_is_evicted_though_the_source_said_it_was_small(new_redis):
    """The proof's figure may be wrong, e.g. forged: the room is watched while keys are copied."""
    with running() as server:
        with server.client() as client:
            fill_many(client, 60_000)
        archive = needing(archive_of(server), 1_000_000)
    live = new_redis(maxmemory="24mb", maxmemory_policy="allkeys-lru")
    with live.client() as client:
        fill_many(client, 20_000)
        before = client.dbsize()
        with pytest.raises(TargetError, match="no room for the rest"):
            restored(target_of(live), archive)
        assert client.info("stats")["evicted_keys"] == 0
        assert keys_in(live) == {0: before}


def test_too_little_memory_here_for_the_sandbox(archive, redis_server):
    address = RedisAddress.parse(redis_server.url)
    small = Sandboxing(environment={"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "64"})
    target = RedisTarget(address, small)
    wanting = needing(archive, 100_000_000)
    (said,) = [one for one in target.survey(wanting.proof, 1, "x") if one.what == "sandbox"]
    assert (said.suffices, "memory" in said.found) == (False, True)
    with pytest.raises(SandboxError):
        restored(target, wanting)
    assert keys_in(redis_server) == {}


def test_a_replica(archive, new_redis, redis_of):
    live = new_redis(replicaof=f"127.0.0.1 {redis_of('redis-7.0').port}")
    assert "a replica" in refused(live, archive)


def test_a_node_of_a_cluster(archive, new_redis):
    live = new_redis(cluster_enabled="yes", cluster_port=free_port())
    assert "a node of a Cluster" in refused(live, archive)


def test_too_few_replicas(archive, new_redis):
    assert "NOREPLICAS" in refused(new_redis(min_replicas_to_write=1), archive)


def test_a_replica_that_is_not_in_step(archive, new_redis):
    live = new_redis(repl_diskless_sync_delay=60)
    new_redis(replicaof=f"127.0.0.1 {live.port}")
    with live.client() as client:
        while not client.info("replication")["connected_slaves"]:
            pass
    assert "1 of 1 are not in step" in refused(live, archive)


def test_replicas_follow_the_restore_and_the_swap(archive, new_redis):
    live = new_redis()
    replica = new_redis(replicaof=f"127.0.0.1 {live.port}")
    with live.client() as client:
        while client.info("replication").get("slave0", {}).get("state") != "online":
            pass
    target = target_of(live)
    name = restored(target, archive)
    assert checked(target, archive, name).findings == []
    target.swap(name, NOW)
    with live.client() as client:
        client.wait(1, 10_000)
    assert keys_in(replica) == keys_in(live)
    assert set(keys_in(live)) == {0, 1}


def test_a_save_under_way(archive, new_redis):
    live = new_redis(rdb_key_save_delay=50_000)
    with live.client() as client:
        fill_strings(client)
        client.bgsave()
        assert "rdb_bgsave_in_progress" in refused(live, archive)


def test_a_save_that_failed(archive, new_redis):
    live = new_redis(save="3600 1", dbfilename="dump.rdb")
    with live.client() as client:
        (live.home / "dump.rdb").mkdir()
        client.set("a", 1)
        client.bgsave()
        while client.info("persistence")["rdb_last_bgsave_status"] == "ok":
            pass
        assert "rdb_last_bgsave_status" in refused(live, archive)


@pytest.mark.parametrize("right", ["restore", "flushdb", "swapdb", "evalsha", "pexpireat", "scan"])
def test_a_right_that_is_missing(archive, redis_server, right):
    with redis_server.client() as client:
        client.execute_command("ACL", "SETUSER", "half", "on", ">half", "~*", "+@all", f"-{right}")
    assert right.upper() in refused(redis_server, archive, user="half", password="half")


def test_keys_that_the_user_may_not_write(archive, redis_server):
    with redis_server.client() as client:
        client.execute_command("ACL", "SETUSER", "app", "on", ">app", "~app:*", "+@all")
    assert "no permission" in refused(redis_server, archive, user="app", password="app")


def test_a_command_that_was_renamed(archive, new_redis):
    live = new_redis(rename_command='SWAPDB ""')
    assert "SWAPDB: the server does not have this command" in refused(live, archive)


def test_functions_on_a_server_that_has_none(archive, redis_of):
    live = redis_of("redis-6.2")
    live.empty()
    assert "does not have this command" in refused(live, archive, parts=["functions"])


def test_too_few_numbers(archive, new_redis):
    live = new_redis(databases=3)
    with live.client(2) as client:
        client.set("somebody's", 1)
    words = refused(live, archive)
    assert "0 of 3, 2 needed" in words


def test_a_database_that_the_server_cannot_have(new_redis):
    with running() as server:
        with server.client(9) as client:
            client.set("a", 1)
        archive = archive_of(server)
    assert "6 in all, and the backup has a database 9" in refused(new_redis(databases=6), archive)


def test_numbers_run_out_while_they_are_taken(archive, new_redis):
    live = new_redis(databases=3)
    target = target_of(live)
    with pytest.raises(TargetError, match="no empty database left for database 1"):
        restored(target, archive)
    assert keys_in(live) == {}


def test_a_wrong_password(archive, new_redis):
    live = new_redis(requirepass="right")
    with pytest.raises(TargetError) as error:
        restored(target_of(live, password="wrong"), archive)
    assert error.value.cure
    assert "wrong" not in str(error.value).replace("wrong", "", 0).split("password")[0]


def test_a_server_that_is_gone(archive, new_redis):
    live = new_redis()
    target = target_of(live)
    live.kill()
    with pytest.raises(TargetError) as error:
        restored(target, archive)
    assert error.value.cure


def test_a_swap_is_refused_when_a_marker_is_gone(archive, redis_server):
    target = target_of(redis_server)
    name = restored(target, archive)
    second = target._server.numbers().of(name)[1].number
    before = keys_in(redis_server)
    with redis_server.client(second) as client:
        client.delete(KEY)
    with pytest.raises(SwapRefusedError):
        target.swap(name, NOW)
    with pytest.raises(SourceError):
        checked(target, archive, name)
    assert keys_in(redis_server) == {**before, second: before[second] - 1}


def test_a_swap_is_refused_where_a_live_number_holds_what_was_put_aside(archive, redis_server):
    """Somebody exchanged the numbers by hand."""
    target = target_of(redis_server)
    with redis_server.client() as client:
        client.set("live", 1)
    target.swap(restored(target, archive, "first"), NOW)
    name = restored(target, archive, "second")
    numbers = {marker.database: marker.number for marker in target._server.numbers().of(name)}
    before = keys_in(redis_server)
    aside = Marker(1, 1, f"{target.live}_before_20261124t031500z", "0" * 8, [1])
    with redis_server.client(1) as client:
        client.hset(KEY, "marker", aside.sealed(seal_key("")))
    with pytest.raises(SwapRefusedError, match="database 1 holds"):
        target.swap(name, NOW)
    assert keys_in(redis_server) == {**before, 1: before[1] + 1}
    assert numbers


def test_a_swap_is_refused_where_the_server_has_fewer_databases_by_now(new_redis):
    live = new_redis(databases=6)
    target = target_of(live)
    marker = Marker(3, 9, "restored before", "0123abcd", (9,))
    with live.client(3) as client:
        client.hset(KEY, "marker", marker.sealed(seal_key("")))
    with pytest.raises(SwapRefusedError, match="has 6 databases"):
        target.swap("restored before", NOW)
    assert keys_in(live) == {3: 1}


def test_a_swap_whose_answer_is_lost_is_looked_after(archive, redis_server, monkeypatch):
    """The server did it, and the connection broke before it said so."""
    target = target_of(redis_server)
    with redis_server.client() as client:
        client.set("live", 1)
    name = restored(target, archive)
    done = swap._execute

    def lost(pipeline):
        done(pipeline)
        raise redis.ConnectionError("Connection closed by server.")

    monkeypatch.setattr(swap, "_execute", lost)
    assert target.swap(name, NOW).aside
    with redis_server.client() as client:
        assert not client.exists("live")


def test_a_swap_that_never_reached_the_server_is_refused(archive, redis_server, monkeypatch):
    target = target_of(redis_server)
    name = restored(target, archive)
    before = keys_in(redis_server)

    def lost(_pipeline):
        raise redis.ConnectionError("Connection closed by server.")

    monkeypatch.setattr(swap, "_execute", lost)
    with pytest.raises(SwapRefusedError) as refused:
        target.swap(name, NOW)
    assert refused.value.cure
    assert keys_in(redis_server) == before


def test_a_swap_of_which_nobody_knows_whether_it_was_done_says_how_to_see(archive, new_redis, monkeypatch):
    live = new_redis()
    target = target_of(live)
    name = restored(target, archive)

    def lost(_pipeline):
        live.kill()
        raise redis.ConnectionError("Connection closed by server.")

    monkeypatch.setattr(swap, "_execute", lost)
    with pytest.raises(SwapUnknownError) as unknown:
        target.swap(name, NOW)
    assert "scims-backup:restore" in unknown.value.cure


# markers: who may have a database emptied


def leftover(server, number, *, key=None, at=None, keys=3, **facts):
    """Put what a restore that was killed leaves into a number: a marker, and keys."""
    target = target_of(server)
    known = {"name": f"{target.live}_restoring_0123abcd", "token": "0123abcd", **facts}
    marker = Marker(number if at is None else at, 0, **known)
    with server.client(number) as client:
        client.mset({f"key:{one}": one for one in range(keys)})
        client.hset(KEY, "marker", marker.sealed(seal_key("") if key is None else key))
        client.hset(KEY, "upto", 3)


def emptied(server, archive):
    """Return which numbers a restore empties that begins now."""
    before, progress = keys_in(server), RecordedProgress()
    with target_of(server).build(archive.proof, len(archive.data), progress):
        after = keys_in(server)
    return before.keys() - after.keys(), notes(progress)


def test_what_a_killed_restore_left_is_emptied(archive, redis_server):
    leftover(redis_server, 9)
    numbers, said = emptied(redis_server, archive)
    assert numbers == {9}
    assert said == ["emptying database 9, left behind by a failed restore"]


@pytest.mark.parametrize(
    "facts",
    [
        {"key": b"of somebody else"},
        {"at": 8},
        {"name": "somebody's"},
        {"name": "x_before_20261124t031500z"},
    ],
    ids=["sealed by another password", "moved from another number", "a kept name", "put aside"],
)
def test_nothing_is_emptied_that_is_not_provably_left_by_a_killed_restore(archive, redis_server, facts):
    leftover(redis_server, 9, **facts)
    assert emptied(redis_server, archive) == (set(), [])


def test_a_number_that_somebody_else_writes_into_is_not_emptied(archive, redis_server):
    leftover(redis_server, 9, keys=5)
    numbers, said = emptied(redis_server, archive)
    assert numbers == set()
    assert "somebody else writes into it: 6 keys, of which a restore wrote 3" in said[-1]


def test_a_restore_that_runs_keeps_its_numbers(archive, redis_server):
    with claimed(target_of(redis_server)._server, RecordedProgress()) as claim:
        claim.take([0, 1], but={0, 1})
        assert emptied(redis_server, archive) == (set(), [])
        assert set(keys_in(redis_server)) == {14, 15}
    assert keys_in(redis_server) == {}


def test_who_may_not_list_connections_is_told_of_what_may_be_left(archive, redis_server):
    leftover(redis_server, 9)
    with redis_server.client() as client:
        client.execute_command("ACL", "SETUSER", "half", "on", ">half", "~*", "+@all", "-client|list")
    progress, target = RecordedProgress(), target_of(redis_server, user="half", password="half")
    leftover(redis_server, 9, key=target._server.key)
    with target.build(archive.proof, len(archive.data), progress):
        assert 9 in keys_in(redis_server)
    assert "CLIENT LIST" in notes(progress)[0]


def test_an_applications_own_key_of_that_name_is_no_marker(archive, redis_server):
    with redis_server.client(9) as client:
        client.set(KEY, "an application's")
    assert emptied(redis_server, archive) == (set(), [])
