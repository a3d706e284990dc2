"""The part of a proof that a live server can be held against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace

from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.marker import KEY, PREFIX
from scims_backup.engines.redis.rules.proof import AtHand, RedisProof
from scims_backup.engines.redis.rules.records import NAME, hashed

_DATABASE = slice(0, 4)


def live_in(proof: RedisProof) -> set[int]:
    """Return the databases of a proof that no restore filled or put aside."""
    return {one.database for one in proof.keys} - marked_in(proof)


def marked_in(proof: RedisProof) -> set[int]:
    """Return the databases of a proof that have a restore's marker."""
    return {one.database for one in proof.keys if (one.prefix, one.kind) == (PREFIX, Kind.HASH)}


def in_databases(proof: RedisProof, databases: AbstractSet[int]) -> RedisProof:
    """Return what a proof says of some databases, and of functions."""
    if databases >= {one.database for one in proof.keys}:
        return proof
    numbers = {number.to_bytes(4, "big") for number in databases}
    return replace(
        proof,
        keys=[one for one in proof.keys if one.database in databases],
        at_hand=proof.at_hand and _filtered(proof.at_hand, lambda record: record[_DATABASE] in numbers),
    )


def part_of(proof: RedisProof, databases: AbstractSet[int]) -> RedisProof:
    """Return what a proof says of some databases, without functions and keys of our own.

    Functions belong to a server, not to databases; markers of restores are no data of the source.
    """
    part = in_databases(proof, databases)
    ours = hashed(KEY, bytes.fromhex(proof.key_list.salt)) if proof.key_list else None
    return replace(
        part,
        keys=[one for one in part.keys if one.prefix != PREFIX],
        functions={},
        at_hand=part.at_hand and _filtered(part.at_hand, lambda record: record[NAME][4:] != ours),
    )


def named(proof: RedisProof, names: Mapping[int, Iterable[bytes]]) -> RedisProof:
    """Return what a proof says of chosen keys, by its list alone: it counts no single ones.

    names: by database.
    """
    if proof.key_list is None or proof.at_hand is None:
        return proof
    salt = bytes.fromhex(proof.key_list.salt)
    chosen = {
        number.to_bytes(4, "big") + hashed(name, salt) for number, some in names.items() for name in some
    }
    return replace(proof, at_hand=_filtered(proof.at_hand, lambda record: record[NAME] in chosen))


def _filtered(at_hand: AtHand, belongs: Callable[[bytes], bool]) -> AtHand:
    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        with at_hand() as records:
            yield filter(belongs, records)

    return opened
