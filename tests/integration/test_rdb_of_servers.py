"""RDBs of real servers: what is counted is what they hold, and what is shifted they load."""

import random

import pytest

from scims_backup.engines.redis.rdb.rdb_error import RdbError
from scims_backup.engines.redis.rdb.reader import RdbReader
from scims_backup.engines.redis.rdb.shifting import SHIFT_MS, unshift
from tests.support.redis_data import (
    DAY_MS,
    fill,
    fill_many,
    fill_streams,
    has_field_expiries,
    has_functions,
)
from tests.support.redis_programs import REDIS_SERVERS, redis_program
from tests.support.servers import free_port

CONFIGS: dict[str, dict[str, str | int]] = {
    "as it comes": {},
    "hashtables, uncompressed, with frequencies": {
        "hash-max-ziplist-entries": 0,
        "zset-max-ziplist-entries": 0,
        "set-max-intset-entries": 0,
        "rdbcompression": "no",
        "maxmemory-policy": "allkeys-lfu",
        "maxmemory": "1gb",
    },
    "without checksum, with idle times": {
        "rdbchecksum": "no",
        "maxmemory-policy": "allkeys-lru",
        "maxmemory": "1gb",
    },
}


@pytest.fixture
def server_of(new_redis):
    """Give a maker of servers that can say the digest of a value."""

    def make(name, **config):
        debug = {} if redis_program(name).version < (7, 0) else {"enable_debug_command": "local"}
        return new_redis(name, **debug, **config)

    return make


def saved(server):
    with server.client() as client:
        client.save()
    return (server.home / "dump.rdb").read_bytes()


def read(data, chunk=1 << 20, **options):
    reader = RdbReader(**options)
    out = b"".join(reader.feed(data[at : at + chunk]) for at in range(0, len(data), chunk))
    return out, reader.finish()


def load(server, data):
    """Start the server again on another RDB."""
    server.stop()
    (server.home / "dump.rdb").write_bytes(data)
    server.start()


def counted(server, databases):
    """Return database → type → number of keys, and database → keys that expire, as the server says."""
    kinds, expiring = {}, {}
    for number in databases:
        with server.client(number) as client:
            types = [client.type(name).decode() for name in client.scan_iter(count=1000)]
            kinds[number] = {kind: types.count(kind) for kind in types}
            expiring[number] = client.info("keyspace")[f"db{number}"]["expires"]
    return kinds, expiring


def content(server, databases):
    """Return database and name → expiry, fields' expiries, and the server's own digest of the value."""
    keys = {}
    for number in databases:
        with server.client(number) as client:
            for name in client.scan_iter(count=1000):
                digest = client.execute_command("DEBUG", "DIGEST-VALUE", name)
                keys[number, name] = (
                    expiry(server, client, name),
                    field_expiries(server, client, name),
                    digest,
                )
    return keys


def expiry(server, client, name):
    """Return when the key expires, None for never; Redis 6.2 says only how long it has, so about when."""
    if server.program.version >= (7, 0):
        at = client.execute_command("PEXPIRETIME", name)
        return at if at >= 0 else None
    left = client.pttl(name)
    seconds, _ = client.time()
    return pytest.approx(seconds * 1000 + left, abs=3000) if left >= 0 else None


def field_expiries(server, client, name):
    if not has_field_expiries(server) or client.type(name) != b"hash":
        return {}
    fields = client.hkeys(name)
    times = client.execute_command("HPEXPIRETIME", name, "FIELDS", len(fields), *fields)
    return {field: at for field, at in zip(fields, times, strict=True) if at >= 0}


def in_source(keys):
    """Take the shift off what was loaded."""
    return {
        key: (_unshifted(at), {field: unshift(one) for field, one in fields.items()}, digest)
        for key, (at, fields, digest) in keys.items()
    }


def _unshifted(at):
    if at is None:
        return None
    return unshift(at) if isinstance(at, int) else pytest.approx(unshift(at.expected), abs=at.abs)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", REDIS_SERVERS)
def test_every_key_is_counted_and_loads_with_its_expiry_shifted(server_of, name, config):
    server = server_of(name, **CONFIGS[config])
    sizes = fill(server)
    data, held, (kinds, expiring) = saved(server), content(server, sizes), counted(server, sizes)

    shifted, frame = read(data, shift_ms=SHIFT_MS)
    load(server, shifted)

    assert {number: dict(by_kind) for number, by_kind in frame.keys.items()} == kinds
    assert frame.expiring == expiring
    assert frame.resized == {number: (sizes[number], expiring[number]) for number in sizes}
    assert frame.functions == (1 if has_functions(server) else 0)
    assert frame.flavour == server.program.flavour
    assert frame.checksummed == ("rdbchecksum" not in CONFIGS[config])
    assert frame.length == len(data)
    assert read(data)[0] == data
    loaded = content(server, sizes)
    assert in_source(loaded) == held
    assert all(at > SHIFT_MS for at, _, _ in loaded.values() if isinstance(at, int))


@pytest.mark.parametrize("name", REDIS_SERVERS)
def test_what_expired_since_is_loaded(server_of, name):
    server = server_of(name)
    with server.client() as client:
        client.set("long ago", "value", pxat=4_102_444_800_000)
        if has_field_expiries(server):
            client.hset("hash", mapping={"gone": "1", "stays": "2"})
            client.hpexpireat("hash", 4_102_444_800_000, "gone")
    data = _in_the_past(saved(server), 4_102_444_800_000)

    load(server, data)
    with server.client() as client:
        assert client.dbsize() == 0 or client.hkeys("hash") == [b"stays"]

    shifted, frame = read(data, shift_ms=SHIFT_MS)
    load(server, shifted)
    with server.client() as client:
        assert client.dbsize() == sum(frame.keys[0].values())
        assert client.get("long ago") == b"value"
        if has_field_expiries(server):
            assert sorted(client.hkeys("hash")) == [b"gone", b"stays"]


def _in_the_past(data, expiry):
    """Return the RDB with another expiry, and without checksum."""
    old, new = expiry.to_bytes(8, "little"), (1_600_000_000_000).to_bytes(8, "little")
    assert old in data
    return data[:-8].replace(old, new) + bytes(8)


@pytest.fixture
def small(each_redis):
    """Give the RDB of a server that has some keys of every type."""
    with each_redis.client() as client:
        fill_streams(client)
        fill_many(client, 100)
        client.rpush("list:large", "x" * 9000, "y")
        client.zadd("zset:large", {"x" * 100: 1.5, "y": 2.5})
        if has_field_expiries(each_redis):
            client.hset("fields", mapping={f"field {number}": number for number in range(20)})
            client.hpexpire("fields", DAY_MS, "field 1", "field 2")
    return saved(each_redis)


def test_damage_is_reported_wherever_it_is(small):
    chance = random.Random(13)  # noqa: S311  the same places each time

    for size in chance.sample(range(len(small)), 50):
        with pytest.raises(RdbError):
            read(small[:size])
    for at in chance.sample(range(len(small)), 200):
        flipped = bytes([small[at] ^ chance.randrange(1, 256)])
        with pytest.raises(RdbError):
            read(small[:at] + flipped + small[at + 1 :])


@pytest.mark.parametrize("chunk", [1, 7, 4096])
def test_chunks_of_any_size_give_the_same(small, chunk):
    assert read(small, chunk, shift_ms=SHIFT_MS) == read(small, len(small), shift_ms=SHIFT_MS)
    assert read(small, chunk)[0] == small


@pytest.mark.parametrize("name", [name for name in REDIS_SERVERS if redis_program(name).module])
def test_a_modules_values_are_skipped_and_the_module_is_named(server_of, name):
    server = server_of(name, loadmodule=str(redis_program(name).module))
    with server.client() as client:
        client.execute_command("BF.ADD", "bloom", "one")
        client.execute_command("TOPK.RESERVE", "top", 5)
        client.pexpireat("bloom", 4_102_444_800_000)
        client.set("after", "value")

    shifted, frame = read(saved(server), shift_ms=SHIFT_MS)
    load(server, shifted)

    assert {kind.value: number for kind, number in frame.keys[0].items()} == {"module": 2, "string": 1}
    assert frame.modules == {"MBbloom--", "TopK-TYPE"}
    with server.client() as client:
        assert client.execute_command("BF.EXISTS", "bloom", "one") == 1
        assert client.execute_command("PEXPIRETIME", "bloom") == 4_102_444_800_000 + SHIFT_MS
        assert client.dbsize() == 3


@pytest.mark.parametrize("name", [name for name in REDIS_SERVERS if redis_program(name).version >= (7, 0)])
def test_the_slots_of_a_cluster_are_skipped(new_redis, name):
    server = new_redis(name)
    with server.client() as client:
        fill_many(client, 100)
    node = new_redis(name, cluster_enabled="yes", cluster_port=free_port())
    load(node, saved(server))

    out, frame = read(data := saved(node))

    assert sum(frame.keys[0].values()) == 100
    assert frame.resized == {0: (100, 30)}
    assert out == data
