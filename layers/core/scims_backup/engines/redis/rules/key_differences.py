"""Compares two key lists: a merge of two sorted streams, so that memory does not depend on their length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from scims_backup.engines.redis.rules.records import NAME, NEVER, KeyRecord

_HELD = 100_000
"""Lost and gained keys that are held to see whether they were moved; of more, only the count is known."""


class Difference(StrEnum):
    """The kind of a finding about a key."""

    LOST = "key-lost"
    GAINED = "key-gained"
    MOVED = "key-moved"
    TYPE = "type-changed"
    VALUE = "value-changed"
    EXPIRY_LOST = "expiry-lost"
    EXPIRY_GAINED = "expiry-gained"
    EXPIRY_CHANGED = "expiry-changed"


@dataclass(frozen=True)
class KeyDifference:
    """One difference.

    record: of the key, as expected if it was.
    expected, found: None where the key is not.
    """

    kind: Difference
    record: KeyRecord
    expected: KeyRecord | None
    found: KeyRecord | None


@dataclass
class KeyDifferences:
    """What two lists differ in.

    most: how many differences of each kind are named.
    named: the first ones.
    counts: how many there are of each kind.
    expired: database → keys that are gone or have another value, as their or their fields' expiries explain.
    unjudged: database → keys whose values differ, and cannot be compared.
    """

    most: int
    named: list[KeyDifference] = field(default_factory=list)
    counts: Counter[Difference] = field(default_factory=Counter)
    expired: Counter[int] = field(default_factory=Counter)
    unjudged: Counter[int] = field(default_factory=Counter)

    def add(self, kind: Difference, expected: KeyRecord | None, found: KeyRecord | None) -> None:
        """Count a difference, and keep it if it is one of the first."""
        self.counts[kind] += 1
        record = expected or found
        if record is not None and self.counts[kind] <= self.most:
            self.named.append(KeyDifference(kind, record, expected, found))


class KeyComparison:
    """A comparison of two lists.

    as_of: the time when the second one was read, in Unix milliseconds; None if no key could expire there.
    is_judged: says whether values of a record's type can be compared.
    most: how many differences of each kind are named.
    """

    def __init__(self, as_of: int | None, is_judged: Callable[[KeyRecord], bool], most: int) -> None:
        self._as_of, self._is_judged = as_of, is_judged
        self._differences = KeyDifferences(most)
        self._lost: dict[bytes, KeyRecord] = {}
        self._gained: dict[bytes, list[KeyRecord]] = {}

    def of(self, expected: Iterator[bytes], found: Iterator[bytes]) -> KeyDifferences:
        """Compare two lists of packed records."""
        for here, there in differing(expected, found):
            if here and there:
                self._compare(KeyRecord.unpack(here), KeyRecord.unpack(there))
            elif here:
                self._is_gone(here)
            else:
                self._is_new(there)
        self._match()
        return self._differences

    def _compare(self, expected: KeyRecord, found: KeyRecord) -> None:
        add = self._differences.add
        if expected.kind is not found.kind:
            add(Difference.TYPE, expected, found)
        elif expected.digest != found.digest:
            self._compare_values(expected, found)
        if expected.expiry != found.expiry:
            add(_of_expiries(expected.expiry, found.expiry), expected, found)

    def _compare_values(self, expected: KeyRecord, found: KeyRecord) -> None:
        if self._is_over(expected.fields):
            self._differences.expired[expected.database] += 1
        elif not self._is_judged(expected):
            self._differences.unjudged[expected.database] += 1
        else:
            self._differences.add(Difference.VALUE, expected, found)

    def _is_gone(self, packed: bytes) -> None:
        record = KeyRecord.unpack(packed)
        if self._is_over(record.expiry) or self._is_over(record.fields):
            self._differences.expired[record.database] += 1
        elif len(self._lost) < _HELD:
            self._lost[packed[NAME]] = record
        else:
            self._differences.add(Difference.LOST, record, None)

    def _is_new(self, packed: bytes) -> None:
        record = KeyRecord.unpack(packed)
        if len(self._gained) < _HELD:
            self._gained.setdefault(record.name, []).append(record)
        else:
            self._differences.add(Difference.GAINED, None, record)

    def _match(self) -> None:
        """Say of lost keys that they were moved where another database has gained a key of their name."""
        for record in self._lost.values():
            if self._gained.get(record.name):
                found = self._gained[record.name].pop(0)
                self._differences.add(Difference.MOVED, record, found)
                self._compare(record, found)
            else:
                self._differences.add(Difference.LOST, record, None)
        for records in self._gained.values():
            for one in records:
                self._differences.add(Difference.GAINED, None, one)

    def _is_over(self, expiry: int) -> bool:
        return self._as_of is not None and 0 <= expiry <= self._as_of


def _of_expiries(expected: int, found: int) -> Difference:
    if found == NEVER:
        return Difference.EXPIRY_LOST
    return Difference.EXPIRY_GAINED if expected == NEVER else Difference.EXPIRY_CHANGED


def differing(expected: Iterator[bytes], found: Iterator[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the records that differ, side by side; b"" where a key is only in the other list."""
    here, there = next(expected, b""), next(found, b"")
    while here or there:
        if here == there:
            here, there = next(expected, b""), next(found, b"")
            continue
        name, other = here[NAME], there[NAME]
        if name == other:
            yield here, there
            here, there = next(expected, b""), next(found, b"")
        elif not there or (here and name < other):
            yield here, b""
            here = next(expected, b"")
        else:
            yield b"", there
            there = next(found, b"")
