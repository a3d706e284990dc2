"""An RDB that was loaded with shifted expiries gives the proof of the server that it came from."""

from contextlib import contextmanager

import pytest

from scims_backup.domain.verdict import NotChecked
from scims_backup.engines.redis.rdb.reader import RdbReader
from scims_backup.engines.redis.rdb.shifting import SHIFT_MS
from scims_backup.engines.redis.rules.comparison import compare
from scims_backup.engines.redis.sandbox.server import sandbox_server
from tests.support.redis_data import fill, fill_expiring
from tests.support.redis_programs import DEFAULT_REDIS, REDIS_SERVERS, redis_program
from tests.support.redis_proofs import proof_of, restored_proof_of
from tests.support.redis_sandboxes import program_for
from tests.support.redis_streams import rdb_of


@contextmanager
def restored(server, name):
    """Load a server's RDB into a sandbox of a version; give it, and how many keys the RDB has."""
    reader, rdb = RdbReader(SHIFT_MS), rdb_of(server)
    shifted = reader.feed(rdb)
    with sandbox_server(program_for(redis_program(name)), None, 0) as sandbox:
        with sandbox.loading() as loading:
            loading.write(shifted)
            loading.finish()
        yield sandbox, sum(sum(kinds.values()) for kinds in reader.finish().keys.values())


def as_restored(name):
    """Return the servers that can load what a server writes."""
    newer = {"redis-6.2": "redis-7.0", "redis-7.0": "redis-8.0", "valkey-8.1": "valkey-9.1"}
    return [name, newer[name]] if newer.get(name) in REDIS_SERVERS else [name]


PAIRS = [(name, other) for name in REDIS_SERVERS for other in as_restored(name)]


@pytest.mark.parametrize(("name", "other"), PAIRS)
def test_a_restored_server_equals_its_source_in_every_kind_of_key(redis_of, name, other):
    server = redis_of(name)
    server.empty()
    fill(server, (0, 3))
    before = proof_of(server)
    with restored(server, other) as (sandbox, keys):
        again = restored_proof_of(sandbox, before)
    findings, not_checked = compare(before, again)
    assert findings == []
    assert {one.object for one in not_checked} <= {"server"}
    assert again.keys == before.keys
    assert again.counts()["keys"] == keys


def test_keys_that_expire_meanwhile_are_proven_and_are_no_difference_later(redis_server):
    client = redis_server.client()
    client.set("stays", 1)
    fill_expiring(client, 300, 300)
    with restored(redis_server, DEFAULT_REDIS) as (sandbox, keys):
        before = restored_proof_of(sandbox)
    while client.get("soon:299"):
        pass
    findings, not_checked = compare(before, proof_of(redis_server, before))
    assert before.counts()["keys"] == keys > 1
    assert findings == []
    assert not_checked == [
        NotChecked(
            "expired keys of database 0",
            f"{keys - 1} keys changed or gone since, as expiries in the backup explain",
        )
    ]
