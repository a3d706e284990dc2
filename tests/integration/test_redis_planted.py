"""Whatever changes in a copy is found and named; what means the same is not."""

import math
import time

import pytest

from scims_backup.domain.level import Level
from scims_backup.engines.redis.rules.comparison import EXPIRED, VALUES, compare
from tests.support.redis_data import fill, has_field_expiries, has_functions, load_function
from tests.support.redis_proofs import proof_of

LATER = 4_102_444_800_123
VALUE, LOST, GAINED = "value-changed", "key-lost", "key-gained"


def prepared(server):
    """Put something of every kind into a server, small and large, and one key into a second database."""
    client = server.client()
    pipeline = client.pipeline(transaction=False)
    pipeline.mset({"app:one": "1", "app:two": "2", "app:type": "text", b"": "empty", b"\x00\xff:": "binary"})
    pipeline.set(b"n" * 70_000, "long")
    pipeline.set("app:expiring", "soon", pxat=LATER)
    pipeline.rpush("app:list", "a", "b", "c")
    pipeline.sadd("app:set", "a", "b", "c")
    pipeline.zadd("app:zset", {"a": 0.3, "b": 1, "c": 1})
    pipeline.hset("app:hash", mapping={"a": "1", "b": "2"})
    for number in range(1, 5):
        pipeline.xadd("app:stream", {"n": number}, id=f"{number}-0")
    pipeline.xgroup_create("app:stream", "group", id="0")
    pipeline.xreadgroup("group", "ann", {"app:stream": ">"}, count=3)
    pipeline.xgroup_createconsumer("app:stream", "group", "idle")
    if has_field_expiries(server):
        pipeline.hset("app:fields", mapping={"a": "1", "b": "2"})
        pipeline.hpexpireat("app:fields", LATER, "a")
    for command in LARGE:
        pipeline.execute_command(*command)
    pipeline.execute()
    server.client(1).set("app:elsewhere", "1")
    if has_functions(server):
        load_function(server)


MANY = [f"member {number}" for number in range(1500)]
LARGE = [
    ("SET", "large:string", b"0123456789" * 150_000),
    ("RPUSH", "large:list", *MANY),
    ("SADD", "large:set", *MANY),
    ("ZADD", "large:zset", *(part for pair in enumerate(MANY) for part in pair)),
    ("HSET", "large:hash", *(part for name in MANY for part in (name, "value"))),
    (
        "EVAL",
        "for i = 1, 1500 do redis.call('XADD', 'large:stream', i .. '-0', 'n', i == 777 and ARGV[1] or i) end",
        *(0, "777"),
    ),
]
"""What is not read in one call."""


def exchange(client, one, other):
    client.rename(one, "app:third")
    client.rename(other, one)
    client.rename("app:third", other)


PLANTED = {
    "key lost": (lambda c: c.delete("app:one"), {(LOST, "app")}),
    "key gained": (lambda c: c.set("app:new", "1"), {(GAINED, "app")}),
    "value changed": (lambda c: c.set("app:one", "3"), {(VALUE, "app")}),
    "byte of a large value changed": (lambda c: c.setrange("large:string", 1_400_000, b"!"), {(VALUE, "large")}),
    "two values exchanged": (lambda c: exchange(c, "app:one", "app:two"), {(VALUE, "app")}),
    "value of another type": (
        lambda c: (c.delete("app:type"), c.rpush("app:type", "text")),
        {("type-changed", "app")},
    ),
    "list order changed": (lambda c: c.rpoplpush("app:list", "app:list"), {(VALUE, "app")}),
    "element of a long list changed": (lambda c: c.lset("large:list", 1400, "other"), {(VALUE, "large")}),
    "two elements joined": (
        lambda c: (c.delete("app:list"), c.rpush("app:list", "ab", "", "c")),
        {(VALUE, "app")},
    ),
    "set member lost": (lambda c: c.srem("app:set", "b"), {(VALUE, "app")}),
    "member of a large set replaced": (
        lambda c: (c.srem("large:set", "member 1400"), c.sadd("large:set", "member x")),
        {(VALUE, "large")},
    ),
    "score changed": (lambda c: c.zadd("app:zset", {"a": 0.1 + 0.2}), {(VALUE, "app")}),
    "score infinite": (lambda c: c.zadd("app:zset", {"a": math.inf}), {(VALUE, "app")}),
    "two scores exchanged": (lambda c: c.zadd("app:zset", {"a": 1, "b": 0.3}), {(VALUE, "app")}),
    "score in a large sorted set changed": (lambda c: c.zincrby("large:zset", 1e-6, "member 9"), {(VALUE, "large")}),
    "hash field changed": (lambda c: c.hset("app:hash", "a", "2"), {(VALUE, "app")}),
    "two fields exchanged": (lambda c: c.hset("app:hash", mapping={"a": "2", "b": "1"}), {(VALUE, "app")}),
    "field of a large hash lost": (lambda c: c.hdel("large:hash", "member 1400"), {(VALUE, "large")}),
    "expiry lost": (lambda c: c.persist("app:expiring"), {("expiry-lost", "app")}),
    "expiry gained": (lambda c: c.pexpireat("app:one", LATER), {("expiry-gained", "app")}),
    "expiry moved by 1 ms": (lambda c: c.pexpireat("app:expiring", LATER + 1), {("expiry-changed", "app")}),
    "stream entry lost": (lambda c: c.xdel("app:stream", "4-0"), {(VALUE, "app")}),
    "entry of a large stream changed": (
        lambda c: (c.delete("large:stream"), c.execute_command(*LARGE[-1][:-1], "778")),
        {(VALUE, "large")},
    ),
    "last id of a stream moved": (lambda c: c.execute_command("XSETID", "app:stream", "9-9"), {(VALUE, "app")}),
    "group's last id moved": (lambda c: c.xgroup_setid("app:stream", "group", "2-0"), {(VALUE, "app")}),
    "group lost": (lambda c: c.xgroup_destroy("app:stream", "group"), {(VALUE, "app")}),
    "group renamed": (
        lambda c: (c.xgroup_destroy("app:stream", "group"), c.xgroup_create("app:stream", "other", id="3-0")),
        {(VALUE, "app")},
    ),
    "consumer lost": (lambda c: c.xgroup_delconsumer("app:stream", "group", "idle"), {(VALUE, "app")}),
    "pending entry lost": (lambda c: c.xack("app:stream", "group", "2-0"), {(VALUE, "app")}),
    "pending entry of another consumer": (
        lambda c: c.xclaim("app:stream", "group", "idle", 0, ["2-0"], justid=True),
        {(VALUE, "app")},
    ),
    "pending entry delivered more often": (
        lambda c: c.xclaim("app:stream", "group", "ann", 0, ["2-0"], retrycount=7, justid=True),
        {(VALUE, "app")},
    ),
    "key moved to another database": (lambda c: c.move("app:one", 1), {("key-moved", "app")}),
    "binary name lost": (lambda c: c.delete(b"\x00\xff:"), {(LOST, "")}),
    "empty name lost": (lambda c: c.delete(b""), {(LOST, "")}),
    "long name lost": (lambda c: c.delete(b"n" * 70_000), {(LOST, "")}),
}
FIELDS = {
    "field expiry lost": lambda c: c.hpersist("app:fields", "a"),
    "field expiry moved by 1 ms": lambda c: c.hpexpireat("app:fields", LATER + 1, "a"),
    "field expiry of another field": lambda c: (c.hpersist("app:fields", "a"), c.hpexpireat("app:fields", LATER, "b")),
}


FUNCTIONS = {
    "function changed": (lambda s: load_function(s, "greeting", "bye"), "function-changed"),
    "function lost": (lambda s: s.client().function_delete("greeting"), "function-lost"),
    "function gained": (lambda s: load_function(s, "other"), "function-gained"),
}


def found(expected, server):
    """Compare a server with what it was, and return kinds and prefixes of the findings, and what was not judged."""
    findings, not_checked = compare(expected, proof_of(server, like=expected))
    kinds = {(one.kind, one.object.partition(", ")[2].partition(":")[0] if ":…" in one.object else "") for one in findings}
    return kinds, findings, not_checked


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_change_is_found_and_named(each_redis, planted):
    prepared(each_redis)
    plant, expected = PLANTED[planted]
    before = proof_of(each_redis)
    plant(each_redis.client())
    kinds, findings, _ = found(before, each_redis)
    assert kinds == expected
    assert all(one.object.startswith("key of database 0, ") for one in findings)
