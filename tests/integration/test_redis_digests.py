"""A digest depends on the value alone: not on how many calls read it."""

import re

import pytest

from scims_backup.engines.redis.proving.abilities import abilities_of
from scims_backup.engines.redis.proving.digest_script import IN_PARTS, LATER, DigestScript, Reading
from scims_backup.engines.redis.proving.great_values import great_value
from scims_backup.engines.redis.rules.abilities import Ability
from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.records import KINDS
from tests.support.redis_data import fill
from tests.support.redis_programs import REDIS_SERVERS


def script_on(client):
    return DigestScript(client, Reading(abilities_of(client)))


def every_key(script):
    return {key[0]: key for batch in script.batches() for key in batch.keys}


def test_a_value_that_is_read_in_parts_has_the_digest_of_one_that_is_not(each_redis):
    fill(each_redis, (0,))
    client = each_redis.client()
    script = script_on(client)
    whole = {name: key for name, key in every_key(script).items() if key[4] not in (IN_PARTS, LATER)}
    assert {KINDS[key[1]] for key in whole.values()} == set(KINDS[:6])
    for name, kind, _, fields, digest in whole.values():
        assert great_value(script, name, KINDS[kind]) == (digest, fields), name


@pytest.mark.parametrize(("member", "encoding"), [("few", "pack|zip"), ("x" * 1000, "skip")])
def test_a_score_of_minus_zero_is_that_of_zero_for_some_encodings_and_rdbs_lose_the_sign(
    each_redis, member, encoding
):
    client = each_redis.client()
    for name, score in {"minus": -0.0, "plus": 0.0, "other": 5e-324}.items():
        client.zadd(name, {member: score, "second": score})
        assert re.search(encoding, client.object("ENCODING", name).decode())
    script = script_on(client)
    digests = {name: key[4] for name, key in every_key(script).items()}
    assert digests[b"minus"] == digests[b"plus"] != digests[b"other"]
    assert great_value(script, b"minus", Kind.ZSET) == great_value(script, b"plus", Kind.ZSET)


def test_a_call_reads_no_more_than_a_few_megabytes(redis_server):
    client = redis_server.client()
    for number in range(20):
        client.setrange(f"mega:{number}", 999_999, b"x")
    script = script_on(client)
    names = list(every_key(script))
    digests = [key[4] for key in script.of_keys(names).keys]
    assert 0 < len([one for one in digests if one != LATER]) < 10


WITHOUT_FIELDS = {Ability.EXPIRY, Ability.STREAM_FIGURES}
ABILITIES = {
    "redis-6.2": set(),
    "redis-7.0": WITHOUT_FIELDS,
    "redis-7.4": set(Ability),
    "valkey-8.1": WITHOUT_FIELDS,
    "valkey-9.1": set(Ability),
}


@pytest.mark.parametrize("name", sorted(ABILITIES.keys() & set(REDIS_SERVERS)))
def test_a_server_says_what_it_can_be_asked(redis_of, name):
    assert abilities_of(redis_of(name).client()) == ABILITIES[name]
