"""An RDB by the replication protocol, at every server here, and from one that misbehaves."""

import secrets
import threading

import pytest

from scims_backup.domain.errors import DumpFailedError, SourceBusyError, SourceError, SourceUnreachableError
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.connect.server_facts import ServerFacts, facts_of
from scims_backup.engines.redis.dumping import replication
from scims_backup.engines.redis.dumping.payload import CHUNK_BYTES
from scims_backup.engines.redis.dumping.replication import rdb_stream
from scims_backup.engines.redis.rdb.reader import RdbReader
from tests.support.redis_data import fill, fill_large
from tests.support.redis_primary import FULL, MARK, primary

FACTS = ServerFacts("redis", "7.0.15", "standalone", "r", "master", {}, 0, {})
RDB = secrets.token_bytes(3 * CHUNK_BYTES + 17)


def read(url, facts=None):
    address = RedisAddress.parse(url)
    with rdb_stream(address, facts or facts_of(address)) as stream:
        return b"".join(stream.chunks)


def frame_of(rdb):
    reader = RdbReader()
    reader.feed(rdb)
    return reader.finish()


def totals(frame):
    return {database: sum(kinds.values()) for database, kinds in frame.keys.items()}


@pytest.mark.parametrize("diskless", ["yes", "no"])
def test_every_key_of_every_database_arrives_in_the_newest_form(each_redis, diskless):
    keys = fill(each_redis, tuple(range(16)))
    with each_redis.client() as client:
        before = client.config_get("repl-diskless-sync")["repl-diskless-sync"]
        client.config_set("repl-diskless-sync", diskless)
        address = RedisAddress.parse(each_redis.url)
        with rdb_stream(address, facts_of(address)) as stream:
            assert (stream.length is None) == (diskless == "yes")
            frame = frame_of(b"".join(stream.chunks))
        client.config_set("repl-diskless-sync", before)
    assert totals(frame) == keys
    assert frame.aux["repl-id"] == stream.replication_id
    assert frame.checksummed


def test_a_socket_leads_to_the_same_data(redis_server):
    fill(redis_server)
    by_socket, by_tcp = (frame_of(read(url)) for url in (redis_server.socket_url, redis_server.url))
    assert by_socket.keys == by_tcp.keys


def test_the_fork_is_ended_when_the_reader_leaves(redis_server):
    with redis_server.client() as client:
        fill_large(client, 32 << 20)
        address = RedisAddress.parse(redis_server.url)
        with rdb_stream(address, facts_of(address)) as stream:
            next(iter(stream.chunks))
            assert client.info("persistence")["rdb_bgsave_in_progress"] == 1
        while client.info("persistence")["rdb_bgsave_in_progress"]:
            pass
        assert client.info("replication")["connected_slaves"] == 0


def test_two_at_once_get_the_same_data(redis_server):
    with redis_server.client() as client:
        fill_large(client, 8 << 20)
    found = []
    threads = [threading.Thread(target=lambda: found.append(frame_of(read(redis_server.url)))) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [totals(frame) for frame in found] == [{0: 2048}] * 2


def test_a_background_save_is_waited_for(redis_server):
    fill(redis_server)
    with redis_server.client() as client:
        client.config_set("rdb-key-save-delay", 2000)
        client.bgsave()
        client.config_set("rdb-key-save-delay", 0)
        assert totals(frame_of(read(redis_server.url)))


@pytest.mark.parametrize(
    "pieces",
    [
        (FULL, b"$%d\r\n" % len(RDB), RDB),
        (FULL + b"$%d\r\n" % len(RDB) + RDB,),
        (b"\n", b"\n", FULL, b"\n", b"\n\n", b"$%d\r\n" % len(RDB), RDB),
        (FULL[:20], FULL[20:], b"$", b"%d\r" % len(RDB), b"\n", RDB, b"*1\r\n$4\r\nPING\r\n"),
        (FULL, b"$EOF:%s\r\n" % MARK, RDB, MARK),
        (FULL, b"$EOF:%s\r\n" % MARK, RDB[:-5], RDB[-5:] + MARK[:7], MARK[7:]),
        (b"\n" * 9000 + FULL, b"$EOF:%s\r\n%s%s" % (MARK, RDB, MARK)),
    ],
)
def test_both_forms_are_read_however_they_are_cut(pieces):
    with primary(*pieces) as url:
        assert read(url, FACTS) == RDB


@pytest.mark.parametrize("size", [0, 1, 39, 40, 41, CHUNK_BYTES - 40, CHUNK_BYTES, CHUNK_BYTES + 1])
@pytest.mark.parametrize("form", ["length", "mark"])
def test_any_size_is_read(size, form):
    rdb = RDB[:size]
    pieces = (b"$%d\r\n" % size, rdb) if form == "length" else (b"$EOF:%s\r\n" % MARK, rdb, MARK)
    with primary(FULL, *pieces) as url:
        assert read(url, FACTS) == rdb


def test_what_looks_like_the_mark_within_the_data_ends_nothing():
    rdb = RDB + MARK[:-1] + b"x" + RDB
    with primary(FULL, b"$EOF:%s\r\n" % MARK, rdb, MARK) as url:
        assert read(url, FACTS) == rdb


@pytest.mark.parametrize(
    ("pieces", "error", "said"),
    [
        ((FULL, b"$%d\r\n" % (len(RDB) + 1), RDB), DumpFailedError, f"after {len(RDB)} bytes"),
        ((FULL, b"$EOF:%s\r\n" % MARK, RDB), DumpFailedError, f"after {len(RDB)} bytes"),
        ((FULL, b"$EOF:%s\r\n" % MARK, RDB, MARK[:-1]), DumpFailedError, "before the RDB's end"),
        ((FULL,), DumpFailedError, "closed the connection instead"),
        ((), DumpFailedError, "closed the connection instead"),
        ((b"+CONTINUE\r\n", b"$5\r\nabcde"), DumpFailedError, "replication protocol"),
        ((FULL, b"*1\r\n$4\r\nPING\r\n"), DumpFailedError, "replication protocol"),
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), DumpFailedError, "replication protocol"),
        ((b"x" * 20_000,), DumpFailedError, "replication protocol"),
        ((b"-NOMASTERLINK Can't SYNC while not connected with my master\r\n",), SourceBusyError, "my master"),
        ((b"\n-LOADING Redis is loading the dataset in memory\r\n",), SourceBusyError, "loading"),
        ((b"-ERR BGSAVE failed, replication can't continue\r\n",), SourceError, "BGSAVE failed"),
        ((FULL, b"-ERR BGSAVE failed, replication can't continue\r\n"), SourceError, "BGSAVE failed"),
    ],
)
def test_a_stream_that_is_not_whole_is_an_error(pieces, error, said):
    with primary(*pieces) as url, pytest.raises(error) as caught:
        read(url, FACTS)
    assert said in caught.value.message
    assert url in caught.value.message


@pytest.mark.parametrize(
    "pieces",
    [(), (b"\n",), (FULL,), (FULL, b"$%d\r\n" % len(RDB), RDB[:-1]), (FULL, b"$EOF:%s\r\n" % MARK, RDB)],
)
def test_a_server_that_falls_silent_is_given_up(pieces, monkeypatch):
    monkeypatch.setattr(replication, "SILENCE_SECONDS", 0.1)
    with primary(*pieces, stays=True) as url, pytest.raises(SourceUnreachableError, match="no byte came for"):
        read(url, FACTS)


def test_a_server_that_only_ever_waits_is_given_up(monkeypatch):
    monkeypatch.setattr(replication, "WAIT_SECONDS", -1)
    with primary(b"\n", stays=True) as url, pytest.raises(SourceBusyError, match="has not begun"):
        read(url, FACTS)
