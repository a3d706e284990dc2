"""Compare what is found on a server with a backup's proof."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from scims_backup.domain.level import Level
from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.redis.rules.abilities import Ability
from scims_backup.engines.redis.rules.group_differences import group_differences, keys
from scims_backup.engines.redis.rules.key_differences import (
    Difference,
    KeyComparison,
    KeyDifference,
    KeyDifferences,
)
from scims_backup.engines.redis.rules.key_names import KeyNames, moment
from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.proof import AtHand, FindNames, RedisProof
from scims_backup.engines.redis.rules.records import KeyRecord

NAMED = 100
"""Differences of each kind that a report names; of more, it says how many."""
VALUES = "values of keys"
"""How a report begins what it says of values that were not compared."""
FUNCTIONS = "function libraries"
EXPIRED = "expired keys"
"""How it begins what it says of keys that have expired since the backup."""
_DIGITS = 12
"""Digits that distinguish two digests in a report."""


def _hidden(_: Collection[bytes]) -> Mapping[bytes, bytes]:
    return {}


def compare(
    expected: RedisProof, found: RedisProof, names: FindNames = _hidden
) -> tuple[list[Finding], list[NotChecked]]:
    """Return the named differences, and what could not be judged.

    names: finds the names of keys that findings show; without it they show prefixes and hashes.
    """
    outcome = {
        *_levels(expected, found),
        *_keys(expected, found, names),
        *_functions(expected, found),
        *_undigested(expected),
        *_servers(expected, found),
    }
    findings = sorted(item for item in outcome if isinstance(item, Finding))
    not_checked = sorted(item for item in outcome if isinstance(item, NotChecked))
    return findings, not_checked


def _levels(expected: RedisProof, found: RedisProof) -> Iterator[NotChecked]:
    for what, proof in {"the proof": expected, "this comparison": found}.items():
        if proof.level is Level.COUNTS:
            for unread in (VALUES, FUNCTIONS):
                yield NotChecked(unread, f"{what} was taken at level counts")


def _keys(expected: RedisProof, found: RedisProof, names: FindNames) -> Iterator[Finding | NotChecked]:
    if not _have_the_same_salt(expected, found):
        yield from _by_counts(expected, found)
    elif expected.at_hand and found.at_hand:
        yield from _by_lists(expected, found, expected.at_hand, found.at_hand, names)
    else:
        yield from _by_sums(expected, found)


def _have_the_same_salt(expected: RedisProof, found: RedisProof) -> bool:
    here, there = expected.key_list, found.key_list
    return here is not None and there is not None and here.salt == there.salt


def _by_counts(expected: RedisProof, found: RedisProof) -> Iterator[Finding | NotChecked]:
    if expected.level is found.level is Level.FULL:
        yield NotChecked(VALUES, "this proof was not taken to be compared with that one: its salt differs")
    by_prefix = expected.prefixes == found.prefixes
    yield from group_differences(
        expected.keys, found.keys, by_prefix=by_prefix, may_expire=found.as_of is not None
    )


def _by_sums(expected: RedisProof, found: RedisProof) -> Iterator[Finding | NotChecked]:
    yield NotChecked("which keys differ", "the key list at the archive's end was not read")
    yield from group_differences(
        expected.keys, found.keys, by_prefix=True, may_expire=found.as_of is not None
    )


def _by_lists(
    expected: RedisProof, found: RedisProof, here: AtHand, there: AtHand, find: FindNames
) -> Iterator[Finding | NotChecked]:
    figures_differ = Ability.STREAM_FIGURES in {*expected.abilities} ^ {*found.abilities}

    def is_judged(record: KeyRecord) -> bool:
        return not (figures_differ and record.kind is Kind.STREAM)

    with here() as records, there() as others:
        differences = KeyComparison(found.as_of, is_judged, NAMED).of(records, others)
    names = KeyNames(expected.prefixes, find({one.record.key for one in differences.named}))
    for one in differences.named:
        yield _finding(one, names)
    yield from _more(differences)
    yield from _not_judged(differences)


def _finding(one: KeyDifference, names: KeyNames) -> Finding:
    return Finding(one.kind, names.of(one.record), *_sides(one.kind, one.expected, one.found))


def _sides(kind: Difference, expected: KeyRecord | None, found: KeyRecord | None) -> tuple[str, str]:
    """Return what was expected, and what was found."""
    if expected is None or found is None:
        return ("present", "missing") if expected else ("missing", "present")
    if kind is Difference.MOVED:
        return f"in database {expected.database}", f"in database {found.database}"
    if kind is Difference.TYPE:
        return expected.kind, found.kind
    if kind is Difference.VALUE:
        return _value(expected), _value(found)
    return moment(expected.expiry), moment(found.expiry)


def _value(record: KeyRecord) -> str:
    return f"{record.kind} with digest {record.digest.hex()[:_DIGITS]}"


def _more(differences: KeyDifferences) -> Iterator[Finding]:
    """Yield a finding for all of a kind where some are not named; it sorts before them."""
    for kind, count in differences.counts.items():
        if count > differences.most:
            yield Finding(
                kind, "all databases", "0 keys", f"{keys(count)}, of which {differences.most} are named"
            )


def _not_judged(differences: KeyDifferences) -> Iterator[NotChecked]:
    for database, count in differences.expired.items():
        yield NotChecked(
            f"{EXPIRED} of database {database}",
            f"{keys(count)} changed or gone since, as expiries in the backup explain",
        )
    for database, count in differences.unjudged.items():
        yield NotChecked(
            f"{VALUES} of database {database}",
            f"{keys(count)} with streams: the servers say different things of them",
        )


def _functions(expected: RedisProof, found: RedisProof) -> Iterator[Finding]:
    if Level.COUNTS in (expected.level, found.level):  # nobody has read them
        return
    for name in sorted({*expected.functions, *found.functions}):
        here, there = expected.functions.get(name), found.functions.get(name)
        what = f"function library {name}"
        if here is None or there is None:
            kind, *sides = (
                ("gained", "missing", "present") if here is None else ("lost", "present", "missing")
            )
            yield Finding(f"function-{kind}", what, *sides)
        elif here != there:
            digests = (f"code with digest {side[:_DIGITS]}" for side in (here, there))
            yield Finding("function-changed", what, *digests)


def _undigested(expected: RedisProof) -> Iterator[NotChecked]:
    for kind, count in expected.undigested.items():
        yield NotChecked(f"{VALUES} of type {kind}", f"{keys(count)}: only a module can read them")
    for name in expected.beside:
        yield NotChecked(
            f"{name}, which a module keeps beside the keys",
            "e.g. its indexes: only the module can read and write it",
        )


def _servers(expected: RedisProof, found: RedisProof) -> Iterator[NotChecked]:
    here, there = expected.server, found.server
    if (here.flavour, here.major) != (there.flavour, there.major):
        yield NotChecked(
            "server", f"{here.flavour} {here.version} in the source, {there.flavour} {there.version} here"
        )
