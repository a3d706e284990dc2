"""Prefixes of names: words that a proof counts by, and never a secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.engines.redis.rules.prefixes import MOST, Prefixes, prefix_of

WORDS = {
    b"session:abc": b"session",
    b"celery-task-meta:x": b"celery-task-meta",
    b"a:b:c": b"a",
    b"user 7:x": b"user 7",
    b"no-colon": b"",
    b"scims-cache-v2-production:x": b"scims-cache-v2-production",
    b"db0:deadbeefs:x": b"db0",
    b":starts": b"",
    b"": b"",
    b"x" * 32 + b":a": b"x" * 32,
    b"x" * 33 + b":a": b"",
    "größe:1".encode(): b"",
    b"\x00binary:1": b"",
    b"line\nbreak:1": b"",
}
TOKENS = [
    b"8f14e45fceea167a:profile",
    b"550e8400-e29b-41d4-a716-446655440000:cart",
    b"1234567890123:item",
    b"user123456:item",
    b"eyJhbGciOiJIUzI1NiIsInR5:x",
    b"user-550e8400e29b41d4:x",
]


@pytest.mark.parametrize("name", WORDS)
def test_a_prefix_ends_at_the_first_colon(name):
    assert prefix_of(name) == WORDS[name]


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_is_not_shown_as_a_prefix(name):
    assert prefix_of(name) == b""


def numbered(names, known=None):
    """Return the prefix that each name is counted under."""
    prefixes = Prefixes(known)
    numbers = [prefixes.number(name) for name in names]
    words, places = prefixes.settled()
    return words, [words[places[number]] for number in numbers]


@given(st.permutations([b"b:1", b"a:1", b"c:1", b"a:2", b"plain"]))
def test_the_order_of_keys_changes_nothing(names):
    words, found = numbered(names)
    assert list(words) == ["", "a", "b", "c"]
    assert dict(zip(names, found, strict=True))[b"a:2"] == "a"


def test_the_rarest_of_many_prefixes_are_counted_together():
    often = [b"w%d:%d" % (word, key) for word in range(MOST - 1) for key in range(2)]
    words, found = numbered([b"seldom:1", *often, b"rare:1"])
    assert len(words) == MOST
    assert {found[0], found[-1]} == {""}
    assert "" not in found[1:-1]


def test_a_proof_without_prefixes_does_not_decide_them():
    assert numbered([b"a:1", b"x"], ()) == (["", "a"], ["a", ""])


def test_under_another_proofs_prefixes_all_others_are_counted_together():
    words, found = numbered([b"a:1", b"new:1", b"x"], ("", "a"))
    assert (list(words), found) == (["", "a"], ["a", "", ""])
