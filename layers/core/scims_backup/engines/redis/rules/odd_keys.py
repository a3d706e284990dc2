"""Which losses of keys are odd from one proof to the next: databases and groups that lost most of theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from scims_backup.domain.anomaly import FACTOR, LEAST_ROWS, OddRows, OddTable, is_far
from scims_backup.domain.words import Words
from scims_backup.engines.redis.rules.proof import Keys, RedisProof

WORDS = Words("key", "database")


def odd_keys(before: RedisProof, now: RedisProof) -> OddRows:
    """Compare the keys that two proofs counted: by database, prefix and type, and all together."""
    expected, found = (proof.counts()["keys"] for proof in (before, now))
    odd = sorted(_odd(before, now), key=_by_loss, reverse=True)
    return OddRows(expected, found, is_far(expected, found, LEAST_ROWS), tuple(odd), WORDS)


def _odd(before: RedisProof, now: RedisProof) -> Iterator[OddTable]:
    """Yield a database if it is gone; else its groups that lost most; else it, if all together did."""
    databases, there = _by_database(before), _by_database(now)
    for database, keys in databases.items():
        groups = [] if database not in there else list(_odd_groups(before, now, database))
        yield from groups or _lost(f"database {database}", keys, there.get(database))


def _odd_groups(before: RedisProof, now: RedisProof, database: int) -> Iterator[OddTable]:
    there = {_group(one): one.keys for one in now.keys}
    for one in before.keys:
        if one.database == database:
            yield from _lost(_name(one), one.keys, there.get(_group(one)))


def _lost(name: str, expected: int, found: int | None) -> Iterator[OddTable]:
    if expected >= LEAST_ROWS and (found or 0) * FACTOR < expected:
        yield OddTable(name, expected, found)


def _by_database(proof: RedisProof) -> Counter[int]:
    count: Counter[int] = Counter()
    for one in proof.keys:
        count[one.database] += one.keys
    return count


def _group(one: Keys) -> tuple[int, str, str]:
    return one.database, one.prefix, one.kind


def _name(one: Keys) -> str:
    return f"database {one.database}, {f'{one.prefix}:…, ' if one.prefix else ''}type {one.kind}"


def _by_loss(odd: OddTable) -> tuple[int, str]:
    return odd.expected - (odd.found or 0), odd.table
