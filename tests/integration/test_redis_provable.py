"""Databases of a server beside a backup: what a comparison needs, and what it shows."""

import pytest
from redis import Redis

from scims_backup.domain.errors import RestoreFailedError, SourceAccessError, SourceError
from scims_backup.domain.level import Level
from scims_backup.domain.questions import Questions
from scims_backup.engines.redis.connect.redis_errors import READ
from scims_backup.engines.redis.proving.provable import RedisDatabase
from scims_backup.engines.redis.rules.marker import KEY
from scims_backup.engines.redis.rules.proof import RedisProof
from tests.fakes import RecordedProgress
from tests.support.redis_data import fill, fill_many
from tests.support.redis_programs import REDIS_SERVERS
from tests.support.redis_proofs import backup_of, database_of, proof_of

SECRET = "token-3f9a"
RIGHTS = READ.partition("~* ")[2]


def held_against(server, archive, proof, **how):
    """Compare a server with a backup, as `compare` does."""
    database = database_of(server, **how)
    with proof.completed(lambda: iter([archive[:1000], archive[1000:]])) as whole:
        found = database.prove(whole.level, RecordedProgress(), whole)
        return database.compare(whole, found)


def planted(server):
    """Back up a server, then lose, change and gain a key; return archive and proof."""
    client = server.client()
    client.mset({f"session:{SECRET}-lost": 1, f"session:{SECRET}-changed": 1, "other": 1})
    archive, proof = backup_of(server)
    client.delete(f"session:{SECRET}-lost")
    client.mset({f"session:{SECRET}-changed": 2, f"session:{SECRET}-gained": 1})
    return archive, proof


def test_names_are_shown_only_if_somebody_asks(redis_server):
    archive, proof = planted(redis_server)
    hidden = held_against(redis_server, archive, proof).findings
    shown = held_against(redis_server, archive, proof, show_names=True).findings
    assert SECRET not in str(hidden)
    assert all(one.object.startswith("key of database 0, session:… (") for one in hidden)
    assert {(one.kind, one.object) for one in shown} == {
        ("key-lost", f'key of database 0, "session:{SECRET}-lost"'),
        ("value-changed", f'key of database 0, "session:{SECRET}-changed"'),
        ("key-gained", f'key of database 0, "session:{SECRET}-gained"'),
    }


def test_the_document_of_a_proof_has_no_names_and_no_values(redis_server):
    redis_server.client().mset({f"session:{SECRET}": SECRET, SECRET: SECRET})
    redis_server.client().hset("h:1", SECRET, SECRET)
    archive, proof = backup_of(redis_server)
    assert SECRET.encode() not in proof.to_bytes()
    assert SECRET.encode() in archive


def test_without_its_archive_the_sums_are_compared(redis_server):
    _, proof = planted(redis_server)
    found = proof_of(redis_server, proof)
    checks = database_of(redis_server).compare(proof, found)
    assert {one.kind for one in checks.findings} == {"keys-differ"}
    assert [one.object for one in checks.not_checked] == ["which keys differ"]


DAMAGED = {
    "of another backup": lambda _, other: other,
    "truncated in the key list": lambda archive, _: archive[:-5],
    "truncated in the RDB": lambda archive, _: archive[:60],
    "without its key list": lambda archive, _: archive[: archive.index(b"SCIMSKEY")],
    "no archive": lambda *_: b"<html>" * 100,
    "empty": lambda *_: b"",
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_another_archive_is_refused(redis_server, damage):
    archive, proof = backup_of(redis_server)
    redis_server.client().set("more", 1)
    other, _ = backup_of(redis_server)
    with pytest.raises(RestoreFailedError) as refused:
        held_against(redis_server, DAMAGED[damage](archive, other), proof)
    assert refused.value.cure


# who may read


def user_of(server, rights, keys="~*"):
    server.client().execute_command("ACL", "SETUSER", "reader", "reset", "on", ">pass", keys, *rights.split())

    def clients(number):
        return Redis(unix_socket_path=str(server.socket), db=number, username="reader", password="pass")

    return RedisDatabase(clients, "the server", "redis://")


def test_a_user_with_few_rights_can_read(each_redis):
    fill(each_redis, (0, 1))
    before = proof_of(each_redis)
    rights = RIGHTS
    if each_redis.program.version < (7, 0):
        rights = rights.replace("+command|info", "+command").replace("+function|list ", "")
    found = user_of(each_redis, rights).prove(Level.FULL, RecordedProgress(), before)
    assert found.to_bytes() == before.to_bytes()


@pytest.mark.parametrize("right", ["+evalsha", "+script|load", "+info", "+select", "+time"])
def test_a_right_that_is_missing_is_an_error_without_names_of_keys(redis_server, right):
    fill(redis_server, (0, 1))
    database = user_of(redis_server, RIGHTS.replace(right, "-" + right[1:]))
    with pytest.raises(SourceAccessError) as refused:
        database.prove(Level.FULL, RecordedProgress())
    assert "stream:" not in str(refused.value)
    assert refused.value.cure == READ


def test_keys_that_the_user_may_not_read_are_an_error_without_their_names(redis_server):
    redis_server.client().set(f"secret:{SECRET}", 1)
    with pytest.raises(SourceAccessError) as refused:
        user_of(redis_server, RIGHTS, "~public:*").prove(Level.FULL, RecordedProgress())
    assert SECRET not in str(refused.value)
    assert refused.value.cure == READ


# servers that take no writes


def test_a_read_only_replica_is_read(new_redis):
    primary = new_redis()
    fill(primary, (0, 1))
    replica = new_redis(replicaof=f"127.0.0.1 {primary.port}")
    client = replica.client()
    while client.info("replication")["master_link_status"] != "up":
        pass
    before = proof_of(primary)
    assert proof_of(replica, before).to_bytes() == before.to_bytes()


def test_a_server_without_memory_for_writes_is_read(redis_server):
    fill_many(redis_server.client(), 1000)
    before = proof_of(redis_server)
    redis_server.client().config_set("maxmemory", 1)
    try:
        assert proof_of(redis_server, before).to_bytes() == before.to_bytes()
    finally:
        redis_server.client().config_set("maxmemory", 0)


def test_an_empty_server_has_a_proof(each_redis):
    empty = proof_of(each_redis)
    assert (empty.keys, empty.counts()) == ((), {"databases": 0, "keys": 0})
    assert RedisProof.from_bytes(empty.to_bytes(), "x") == empty
    assert database_of(each_redis).compare(empty, proof_of(each_redis, empty)).findings == []


def test_the_script_is_loaded_again_where_the_server_forgot_it(redis_server):
    fill_many(redis_server.client(), 3000)
    before = proof_of(redis_server)
    loaded: list[str] = []

    def forgetful(number):
        client = redis_server.client(number)
        load = client.script_load

        def load_once(script):
            sha = load(script)
            if not loaded:
                redis_server.client().script_flush()
            loaded.append(sha)
            return sha

        client.script_load = load_once
        return client

    database = RedisDatabase(forgetful, "the server", "redis://")
    assert database.prove(Level.FULL, RecordedProgress(), before).to_bytes() == before.to_bytes()
    assert len(loaded) == 2


# what restores put beside the live databases


def restored_beside(server, number):
    client = server.client(number)
    client.set("put aside", 1)
    client.hset(KEY, "marker", "sealed")


def nothing(*_):
    pass


def dropped(server, number):
    server.client(number).flushdb()


def gained(server, number):
    server.client(number).set("key", 1)


BESIDE = {
    "put aside since": (9, nothing, restored_beside, []),
    "put aside before": (9, restored_beside, nothing, []),
    "put aside before and dropped since": (9, restored_beside, dropped, []),
    "a live one that was marked since": (0, nothing, restored_beside, ["key-gained", "key-gained"]),
    "gained without a marker": (9, nothing, gained, ["key-gained"]),
}


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("case", BESIDE)
def test_databases_that_a_restore_put_beside_the_live_ones_are_no_difference(redis_server, case, level):
    number, before, after, kinds = BESIDE[case]
    fill(redis_server, (0, 1))
    before(redis_server, number)
    expected = proof_of(redis_server, level=level)
    after(redis_server, number)
    database = database_of(redis_server)
    checks = database.compare(expected, database.prove(level, RecordedProgress(), expected))
    assert [one.kind for one in checks.findings] == (
        ["keys-differ"] * len(kinds) if level is Level.COUNTS else kinds
    )
    said = [one.object for one in checks.not_checked if "scims-backup:restore" in one.reason]
    assert said == ([] if kinds else ["database 9"])


# sizes


def test_a_value_of_100_mb_is_read_in_parts_and_one_byte_of_it_is_found(redis_server):
    client = redis_server.client()
    client.setrange("huge", 100_000_000, b"end")
    client.rpush("list", b"x" * 10_000_000, b"y", b"z" * 10_000_000)
    before = proof_of(redis_server)
    client.setrange("huge", 70_000_000, b"!")
    findings = database_of(redis_server).compare(before, proof_of(redis_server, before)).findings
    assert [one.kind for one in findings] == ["value-changed"]


def test_progress_is_reported_by_database(redis_server):
    fill_many(redis_server.client(), 1500)
    fill_many(redis_server.client(3), 10)
    progress = RecordedProgress()
    database_of(redis_server).prove(Level.COUNTS, progress)
    assert progress.told == [("rows", ("database 0", 1500)), ("rows", ("database 3", 10))]


@pytest.mark.parametrize("level", Level)
def test_two_proofs_of_one_server_are_written_alike(redis_server, level):
    fill(redis_server, (0, 1))
    first, second = (proof_of(redis_server, level=level) for _ in range(2))
    assert first == second == RedisProof.from_bytes(first.to_bytes(), "x")
    assert first.to_bytes() == second.to_bytes()


def test_counts_alone_find_a_lost_key_by_prefix_and_type(redis_server):
    fill_many(redis_server.client(), 1000)
    before = proof_of(redis_server, level=Level.COUNTS)
    redis_server.client().delete("list:6")
    checks = database_of(redis_server).compare(before, proof_of(redis_server, before, level=Level.COUNTS))
    assert [one.object for one in checks.findings] == ["keys of database 0, list:…, type list"]


def test_a_server_that_is_gone_is_an_error_with_a_cure(new_redis):
    server = new_redis()
    database, before = database_of(server), proof_of(server)
    server.kill()
    for asked in (
        lambda: database.prove(Level.FULL, RecordedProgress()),
        lambda: database.check(before, Questions(role="x")),
    ):
        with pytest.raises(SourceError, match="the server") as refused:
            asked()
        assert refused.value.cure


# modules


def vector_set(server):
    server.client().execute_command("VADD", "app:vectors", "VALUES", 3, 1, 2, 3, "element")
    return "vectorset"


def bloom_filter(server):
    server.client().execute_command("MODULE", "LOAD", str(server.program.module))
    server.client().execute_command("BF.ADD", "app:filter", "element")
    return "MBbloom--"


@pytest.mark.parametrize(("name", "make"), [("redis-8.0", vector_set), ("redis-7.4", bloom_filter)])
def test_a_value_that_only_a_module_reads_is_counted_and_said(new_redis, name, make):
    if name not in REDIS_SERVERS:
        pytest.skip(f"no {name} on this machine")
    server = new_redis(name, enable_module_command="yes")
    kind = make(server)
    before = proof_of(server)
    assert [(one.prefix, one.kind, one.keys) for one in before.keys] == [("app", "module", 1)]
    checks = database_of(server).compare(before, proof_of(server, before))
    assert checks.findings == []
    assert [one.object for one in checks.not_checked] == [f"values of keys of type {kind}"]
    server.client().flushall()
    checks = database_of(server).compare(before, proof_of(server, before))
    assert [one.kind for one in checks.findings] == ["key-lost"]
