"""Compares keys by their counts and sums, where nobody can say which keys differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.redis.rules.proof import Keys

_Group = tuple[int, str, str]


@dataclass(frozen=True)
class _Sum:
    keys: int = 0
    expiring: int = 0
    digest: str | None = None


def group_differences(
    expected: Sequence[Keys], found: Sequence[Keys], *, by_prefix: bool, may_expire: bool
) -> Iterator[Finding | NotChecked]:
    """Yield the groups of keys that differ.

    by_prefix: both count the keys of the same prefixes apart; else only databases and types are compared.
    may_expire: keys may have expired since, where the second was counted.
    """
    here, there = (_sums(side, by_prefix=by_prefix) for side in (expected, found))
    for group in sorted({*here, *there}):
        yield from _compare(_name(group), here.get(group, _Sum()), there.get(group, _Sum()), may_expire)


def _sums(keys: Sequence[Keys], *, by_prefix: bool) -> Mapping[_Group, _Sum]:
    if by_prefix:
        return {
            (one.database, one.prefix, one.kind): _Sum(one.keys, one.expiring, one.digest) for one in keys
        }
    count: Counter[_Group] = Counter()
    expiring: Counter[_Group] = Counter()
    for one in keys:
        group = (one.database, "", one.kind)
        count[group] += one.keys
        expiring[group] += one.expiring
    return {group: _Sum(count[group], expiring[group]) for group in count}


def _compare(name: str, expected: _Sum, found: _Sum, may_expire: bool) -> Iterator[Finding | NotChecked]:
    lost = expected.keys - found.keys
    if may_expire and 0 < lost <= expected.expiring:
        yield NotChecked(
            name, f"{keys(lost)} fewer than in the backup, which had {expected.expiring} with an expiry"
        )
    elif lost:
        yield Finding("keys-differ", name, keys(expected.keys), keys(found.keys))
    elif expected.digest and found.digest and expected.digest != found.digest:
        yield Finding("keys-differ", name, "the same names, values and expiries", "others")


def _name(group: _Group) -> str:
    database, prefix, kind = group
    return f"keys of database {database}, {f'{prefix}:…, ' if prefix else ''}type {kind}"


def keys(count: int) -> str:
    """Write a number of keys."""
    return f"{count:,} key{'' if count == 1 else 's'}"
