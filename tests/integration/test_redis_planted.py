"""Whatever changes in a copy is found and named; what means the same is not."""

import math

import pytest

from scims_backup.engines.redis.rules.comparison import compare
from tests.support.redis_data import fill, has_field_expiries, has_functions, load_function
from tests.support.redis_programs import REDIS_SERVERS
from tests.support.redis_proofs import proof_of

LATER = 4_102_444_800_123
VALUE, LOST, GAINED = "value-changed", "key-lost", "key-gained"


def prepared(server, *, large=False):
    """Put something of every kind into a server, and one key into a second database; return its proof."""
    client = server.client()
    pipeline = client.pipeline(transaction=False)
    pipeline.mset({"app:one": "1", "app:two": "2", "app:type": "text", b"": "empty", b"\x00\xff:": "binary"})
    pipeline.set(b"n" * 70_000, "long")
    pipeline.set("app:expiring", "soon", pxat=LATER)
    pipeline.set("app:in-ages", "later", pxat=2**53 + 2**46)
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
    for command in LARGE if large else ():
        pipeline.execute_command(*command)
    pipeline.execute()
    server.client(1).set("app:elsewhere", "1")
    if has_functions(server):
        load_function(server)
    return proof_of(server)


MANY = [f"member {number}" for number in range(1500)]
LARGE = [
    ("SET", "large:string", b"0123456789" * 150_000),
    ("RPUSH", "large:list", *MANY),
    ("SADD", "large:set", *MANY),
    ("ZADD", "large:zset", *(part for pair in enumerate(MANY) for part in pair)),
    ("HSET", "large:hash", *(part for name in MANY for part in (name, "value"))),
    (
        "EVAL",
        """for i = 1, 1500 do
            redis.call('XADD', 'large:stream', i .. '-0', 'n', i == 777 and ARGV[1] or i)
        end""",
        0,
        "777",
    ),
]
"""What is not read in one call."""


def exchange(client, one, other):
    client.rename(one, "app:third")
    client.rename(other, one)
    client.rename("app:third", other)


def set_last_id(client):
    """Move a group's last id, and nothing else: 7.0 would also forget how many entries the group has read."""
    groups = client.xinfo_groups("app:stream")
    read = ["ENTRIESREAD", groups[0]["entries-read"]] if "entries-read" in groups[0] else []
    client.execute_command("XGROUP", "SETID", "app:stream", "group", "2-0", *read)


def claim(client, consumer, *more):
    """Claim a pending entry, as of the moment when it was delivered before."""
    stream = client.xinfo_stream("app:stream", full=True)
    delivered = next(at for name, _, at, _ in stream["groups"][0]["pending"] if name == b"2-0")
    call = ["XCLAIM", "app:stream", "group", consumer, 0, "2-0", "TIME", delivered, *more]
    client.execute_command("EVAL", "return redis.call(unpack(ARGV))", 0, *call, "JUSTID")


PLANTED = {
    "key lost": (lambda c: c.delete("app:one"), {(LOST, "app")}),
    "key gained": (lambda c: c.set("app:new", "1"), {(GAINED, "app")}),
    "value changed": (lambda c: c.set("app:one", "3"), {(VALUE, "app")}),
    "byte of a large value changed": (
        lambda c: c.setrange("large:string", 1_400_000, b"!"),
        {(VALUE, "large")},
    ),
    "two values exchanged": (lambda c: exchange(c, "app:one", "app:two"), {(VALUE, "app")}),
    "value of another type": (
        lambda c: (c.delete("app:type"), c.rpush("app:type", "text")),
        {("type-changed", "app")},
    ),
    "list order changed": (lambda c: c.rpoplpush("app:list", "app:list"), {(VALUE, "app")}),
    "element of a large list changed": (lambda c: c.lset("large:list", 1400, "other"), {(VALUE, "large")}),
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
    "score in a large sorted set changed": (
        lambda c: c.zincrby("large:zset", 1e-6, "member 9"),
        {(VALUE, "large")},
    ),
    "hash field changed": (lambda c: c.hset("app:hash", "a", "2"), {(VALUE, "app")}),
    "two fields exchanged": (lambda c: c.hset("app:hash", mapping={"a": "2", "b": "1"}), {(VALUE, "app")}),
    "field of a large hash lost": (lambda c: c.hdel("large:hash", "member 1400"), {(VALUE, "large")}),
    "expiry lost": (lambda c: c.persist("app:expiring"), {("expiry-lost", "app")}),
    "expiry gained": (lambda c: c.pexpireat("app:one", LATER), {("expiry-gained", "app")}),
    "expiry moved by 1 ms": (lambda c: c.pexpireat("app:expiring", LATER + 1), {("expiry-changed", "app")}),
    "expiry in ages moved by 1 ms": (
        lambda c: c.pexpireat("app:in-ages", 2**53 + 2**46 + 1),
        {("expiry-changed", "app")},
    ),
    "stream entry lost": (lambda c: c.xdel("app:stream", "4-0"), {(VALUE, "app")}),
    "entry of a large stream changed": (
        lambda c: (c.delete("large:stream"), c.execute_command(*LARGE[-1][:-1], "778")),
        {(VALUE, "large")},
    ),
    "last id of a stream moved": (
        lambda c: c.execute_command("XSETID", "app:stream", "9-9"),
        {(VALUE, "app")},
    ),
    "group's last id moved": (set_last_id, {(VALUE, "app")}),
    "group lost": (lambda c: c.xgroup_destroy("app:stream", "group"), {(VALUE, "app")}),
    "group renamed": (
        lambda c: (c.xgroup_destroy("app:stream", "group"), c.xgroup_create("app:stream", "other", id="3-0")),
        {(VALUE, "app")},
    ),
    "consumer lost": (lambda c: c.xgroup_delconsumer("app:stream", "group", "idle"), {(VALUE, "app")}),
    "pending entry lost": (lambda c: c.xack("app:stream", "group", "2-0"), {(VALUE, "app")}),
    "pending entry of another consumer": (
        lambda c: claim(c, "idle"),
        {(VALUE, "app")},
    ),
    "pending entry delivered more often": (
        lambda c: claim(c, "ann", "RETRYCOUNT", 7),
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
    "field expiry of another field": lambda c: (
        c.hpersist("app:fields", "a"),
        c.hpexpireat("app:fields", LATER, "b"),
    ),
}


def may_expire_fields(name):
    flavour, _, version = name.partition("-")
    return float(version) >= {"redis": 7.4, "valkey": 9.0}[flavour]


FUNCTIONS = {
    "changed": lambda s: load_function(s, "greeting", "bye"),
    "lost": lambda s: s.client().function_delete("greeting"),
    "gained": lambda s: load_function(s, "other"),
}


def emptied(server):
    server.empty()
    return server


def compared(before, server):
    return compare(before, proof_of(server, like=before))


def kinds_and_prefixes(findings):
    return {(one.kind, prefix_in(one.object)) for one in findings}


def prefix_in(name):
    return name.partition(", ")[2].partition(":…")[0] if ":…" in name else ""


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_change_is_found_and_named(each_redis, planted):
    plant, expected = PLANTED[planted]
    before = prepared(each_redis, large="large" in planted)
    plant(each_redis.client())
    findings, _ = compared(before, each_redis)
    assert kinds_and_prefixes(findings) == expected
    assert all(one.object.startswith("key of database 0, ") for one in findings)


@pytest.mark.parametrize("planted", FIELDS)
@pytest.mark.parametrize("name", [name for name in REDIS_SERVERS if may_expire_fields(name)])
def test_a_change_of_a_fields_expiry_is_found(redis_of, name, planted):
    server = emptied(redis_of(name))
    before = prepared(server)
    FIELDS[planted](server.client())
    findings, _ = compared(before, server)
    assert kinds_and_prefixes(findings) == {(VALUE, "app")}


@pytest.mark.parametrize("planted", FUNCTIONS)
@pytest.mark.parametrize("name", [name for name in REDIS_SERVERS if name != "redis-6.2"])
def test_a_change_of_a_function_is_found(redis_of, name, planted):
    server = emptied(redis_of(name))
    before = prepared(server)
    FUNCTIONS[planted](server)
    findings, _ = compared(before, server)
    assert [one.kind for one in findings] == [f"function-{planted}"]
    assert ("greeting" in findings[0].object) is (planted != "gained")


def test_every_kind_of_key_is_equal_to_itself_in_any_database(each_redis):
    fill(each_redis, (0, 1))
    before = proof_of(each_redis)
    assert before.counts()["databases"] == 2
    assert compared(before, each_redis) == ([], [])
    client = each_redis.client()
    client.swapdb(0, 5)
    client.swapdb(1, 6)
    again = proof_of(each_redis, like=before, databases={5: 0, 6: 1})
    assert compare(before, again) == ([], [])
    assert again.to_bytes() == before.to_bytes()


# what means the same


def converted(client):
    """Give every value another encoding: limits of the compact ones, and a change that is taken back."""
    limits = {
        name: value
        for name, value in client.config_get("*-max-*").items()
        if name.startswith(("hash-", "zset-", "set-", "list-"))
    }
    for name in limits:
        client.config_set(name, -1 if name.startswith("list-") else 0)
    client.rpush("app:list", "x")
    client.rpop("app:list")
    for key, add, remove in (
        ("app:set", "sadd", "srem"),
        ("app:hash", "hset", "hdel"),
        ("app:zset", "zadd", "zrem"),
    ):
        given = {"hset": ("x", "1"), "zadd": ("1", "x"), "sadd": ("x",)}[add]
        client.execute_command(add, key, *given)
        client.execute_command(remove, key, "x")
    client.append("app:one", "x")
    client.setrange("app:one", 0, "1")
    client.set("app:one", "1")
    return limits


def encodings(client):
    return {key: client.object("encoding", key) for key in ("app:set", "app:hash", "app:zset")}


def test_another_encoding_means_the_same(each_redis):
    before = prepared(each_redis)
    client = each_redis.client()
    was = encodings(client)
    limits = converted(client)
    try:
        assert all(after != was[key] for key, after in encodings(client).items() if was[key] != b"hashtable")
        assert compared(before, each_redis) == ([], [])
    finally:
        for name, value in limits.items():
            client.config_set(name, value)


def test_another_order_of_a_hash_table_means_the_same(each_redis):
    before = prepared(each_redis, large=True)
    client = each_redis.client()
    for name in ("large:set", "large:hash"):
        client.delete(name)
    for name in reversed(MANY):
        client.sadd("large:set", name)
        client.hset("large:hash", name, "value")
    client.set("app:other", "more keys")
    client.delete("app:other")
    assert compared(before, each_redis) == ([], [])


def test_clocks_of_use_mean_nothing(each_redis):
    before = prepared(each_redis)
    client = each_redis.client()
    client.touch("app:one", "app:list")
    client.get("app:two")
    client.xreadgroup("group", "idle", {"app:stream": "0"})  # its consumer was seen
    assert compared(before, each_redis) == ([], [])
