"""Data for Redis and Valkey: every type and encoding, odd names, and many keys in little time."""

from __future__ import annotations

import math
import os
from collections.abc import Callable

from redis import Redis

from tests.support.redis_servers import RunningRedis

DAY_MS = 86_400_000
_MANY = """
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
    local kind = i % 10
    if kind < 6 then
        redis.call('SET', 'session:' .. i, 'value ' .. i .. ' ' .. string.rep('x', 20))
        if kind < 3 then redis.call('PEXPIREAT', 'session:' .. i, ARGV[3] + i) end
    elseif kind == 6 then redis.call('RPUSH', 'list:' .. i, i, 'a', 'b', 'c', 'd')
    elseif kind == 7 then redis.call('SADD', 'set:' .. i, i, 'a', 'b', 'c', 'd')
    elseif kind == 8 then redis.call('ZADD', 'zset:' .. i, i, 'a', 1.1, 'b', 1.1, 'c', '-inf', 'd')
    elseif i % 100 == 9 then redis.call('XADD', 'stream:' .. i, '1-1', 'field', i)
    else redis.call('HSET', 'hash:' .. i, 'a', i, 'b', 'c', 'd', 'e') end
end
"""
_LIBRARY = "#!lua name={0}\nredis.register_function('{0}', function(keys, args) return '{1}' end)"


def fill(server: RunningRedis, databases: tuple[int, ...] = (0, 1, 15)) -> dict[int, int]:
    """Put every kind of key into each of the databases, and functions; return the number of keys in each."""
    for number in databases:
        with server.client(number) as client:
            for kind in KINDS.values():
                kind(client)
            if has_field_expiries(server):
                fill_field_expiries(client)
    if has_functions(server):
        load_function(server)
    return {number: _size(server, number) for number in databases}


def fill_many(client: Redis, count: int, first: int = 0) -> None:
    """Make small keys of every type, a third of them with an expiry a day ahead; about 300,000 a second."""
    seconds, _ = client.time()
    for start in range(first, first + count, 10_000):
        end = min(start + 10_000, first + count)
        client.eval(_MANY, 0, start, end - 1, seconds * 1000 + DAY_MS)


def fill_large(client: Redis, size: int) -> None:
    """Make about `size` bytes of strings of 4 KB that do not compress."""
    for start in range(0, size // 4096, 1000):
        pipeline = client.pipeline(transaction=False)
        for number in range(start, min(start + 1000, size // 4096)):
            pipeline.set(f"large:{number}", os.urandom(4096))
        pipeline.execute()


def fill_expiring(client: Redis, count: int, within_ms: int) -> None:
    """Make keys that expire one after the other until `within_ms` from now."""
    pipeline = client.pipeline(transaction=False)
    for number in range(count):
        pipeline.set(f"soon:{number}", "gone soon", px=max(1, within_ms * (number + 1) // count))
    pipeline.execute()


def fill_strings(client: Redis) -> None:
    """Strings in each encoding, and what is a string to the server."""
    client.mset(
        {"string:int": 42, "string:embedded": "short", "string:raw": "long " * 100, "string:empty": ""}
    )
    client.set("string:binary", bytes(range(256)) * 8)
    client.set("string:compressible", b"a" * 100_000)
    client.set("string:large", bytes(range(256)) * 4200)
    client.set("string:expires", "later", px=DAY_MS)
    client.set("string:expires-in-ages", "later", pxat=4_102_444_800_123)
    client.setbit("string:bits", 4095, 1)
    client.pfadd("string:hyperloglog", *range(500))


def fill_names(client: Redis) -> None:
    """Keys whose names are odd: empty, binary, long, with line breaks, and like glob patterns."""
    for name in (b"", b"\x00\xff\xfe", b"line\r\nbreak", b"*", b"[a-z]?", "größe:λ".encode(), b"n" * 70_000):
        client.set(name, b"value of " + name[:20])
    client.rpush(b"\x80binary:list", b"\x00", b"")


def fill_lists(client: Redis) -> None:
    """Lists: short ones, long ones, equal elements, and elements that are large."""
    client.rpush("list:short", "a", "b", "a", "", 7, -(2**40))
    client.rpush("list:long", *(f"element {number}" for number in range(3000)))
    client.rpush("list:large", b"x" * 20_000, b"", b"y" * 20_000)
    client.pexpire("list:short", DAY_MS)


def fill_sets(client: Redis) -> None:
    """Sets of integers, of few and of many members."""
    client.sadd("set:integers", *range(-100, 100), 2**40)
    client.sadd("set:few", "a", "", b"\x00\xff")
    client.sadd("set:many", *(f"member {number}" for number in range(3000)))


def fill_zsets(client: Redis) -> None:
    """Sorted sets with equal, infinite, tiny and negative scores; few members and many."""
    few = {"a": 1.0, "b": 1.0, "c": math.inf, "d": -math.inf, "e": 1e-300, "f": -0.0, "g": 0.1 + 0.2, "": 3.0}
    client.zadd("zset:few", few)
    many = {f"member {number}": number // 3 / 7 for number in range(3000)}
    client.zadd("zset:many", {**many, "below": -0.0})


def fill_hashes(client: Redis) -> None:
    """Hashes of few and of many fields, empty ones and binary ones among them."""
    client.hset("hash:few", mapping={"a": "1", "": "empty", "b": "", b"\xff": b"\x00"})
    client.hset("hash:many", mapping={f"field {number}": f"value {number}" for number in range(3000)})


def fill_streams(client: Redis) -> None:
    """Streams with deleted entries, groups, consumers and pending entries; also empty ones."""
    for number in range(1, 301):
        client.xadd("stream:groups", {"number": number, "twice": 2 * number}, id=f"{number}-1")
    client.xdel("stream:groups", "7-1", "300-1")
    client.xgroup_create("stream:groups", "readers", id="0")
    client.xgroup_create("stream:groups", "idle", id="$")
    client.xgroup_createconsumer("stream:groups", "idle", "nobody")
    for consumer in ("ann", "bob"):
        client.xreadgroup("readers", consumer, {"stream:groups": ">"}, count=20)
    client.xack("stream:groups", "readers", "3-1")
    client.xgroup_create("stream:empty", "waiting", id="$", mkstream=True)
    client.xadd("stream:emptied", {"a": "b"}, id="5-5")
    client.xdel("stream:emptied", "5-5")


def fill_field_expiries(client: Redis) -> None:
    """Hashes some of whose fields expire: listpack and hashtable, and a key that expires as well."""
    for name, count in (("hash:fields-expire", 5), ("hash:many-fields-expire", 1000)):
        client.hset(name, mapping={f"field {number}": number for number in range(count)})
        client.hpexpire(name, DAY_MS, "field 1", "field 2")
        client.hpexpireat(name, 4_102_444_800_123, "field 3")
    client.pexpire("hash:fields-expire", 2 * DAY_MS)


def load_function(server: RunningRedis, name: str = "greeting", answer: str = "hello") -> None:
    """Load or replace a library with a function of the same name."""
    with server.client() as client:
        client.function_load(_LIBRARY.format(name, answer), replace=True)


def has_functions(server: RunningRedis) -> bool:
    """Say whether the server has libraries of functions."""
    return server.program.version >= (7, 0)


def has_field_expiries(server: RunningRedis) -> bool:
    """Say whether fields of a hash can expire on this server."""
    return server.program.version >= {"redis": (7, 4), "valkey": (9, 0)}[server.program.flavour]


KINDS: dict[str, Callable[[Redis], None]] = {
    "string": fill_strings,
    "names": fill_names,
    "list": fill_lists,
    "set": fill_sets,
    "zset": fill_zsets,
    "hash": fill_hashes,
    "stream": fill_streams,
}
"""What every server can hold."""


def _size(server: RunningRedis, number: int) -> int:
    with server.client(number) as client:
        return int(client.dbsize())
