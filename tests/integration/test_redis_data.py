"""The data of the tests: the filler makes every type and encoding that a server has, and writers write."""

from tests.support.redis_data import fill, fill_expiring, fill_many, has_field_expiries
from tests.support.redis_writers import writing

ENCODINGS = {
    "string": {"int", "embstr", "raw"},
    "list": {"quicklist"},
    "set": {"intset", "hashtable"},
    "zset": {"skiplist"},
    "hash": {"hashtable"},
    "stream": {"stream"},
}


def test_the_filler_makes_every_type_in_every_encoding(each_redis):
    sizes = fill(each_redis)
    assert sizes[0] == sizes[1] == sizes[15] > 30
    with each_redis.client(decode_responses=False) as client:
        found: dict[str, set[str]] = {kind: set() for kind in ENCODINGS}
        for key in client.scan_iter():
            found[client.type(key).decode()].add(client.object("encoding", key).decode())
        expiring = client.info("keyspace")["db0"]["expires"]
    assert {kind: wanted - found[kind] for kind, wanted in ENCODINGS.items()} == {
        kind: set() for kind in found
    }
    assert {"listpack", "ziplist"} & found["hash"]
    assert expiring == 3 + has_field_expiries(each_redis)


def test_many_keys_are_of_every_type(redis_server):
    with redis_server.client() as client:
        fill_many(client, 1000)
        fill_many(client, 500, first=1000)
        assert client.dbsize() == 1500
        assert client.info("keyspace")["db0"]["expires"] == 450
        assert {client.type(key) for key in client.scan_iter()} == {
            b"string",
            b"list",
            b"set",
            b"zset",
            b"hash",
            b"stream",
        }


def test_keys_expire_one_after_the_other(redis_server):
    with redis_server.client() as client:
        fill_expiring(client, 10, 60_000)
        assert (
            sorted(client.pttl(f"soon:{number}") > 30_000 for number in range(10)) == [False] * 5 + [True] * 5
        )


def test_writers_write_as_long_as_they_are_asked_to(redis_server):
    with redis_server.client() as client:
        with writing(redis_server, clients=2, keys=1000):
            before = client.info("stats")["total_commands_processed"]
            while client.info("stats")["total_commands_processed"] < before + 1000:
                pass
        assert client.info("clients")["connected_clients"] == 1
        assert client.dbsize() > 0
