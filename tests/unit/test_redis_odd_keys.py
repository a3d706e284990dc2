"""Losses of keys that are out of the ordinary, from one backup to the next."""

import pytest

from scims_backup.domain.level import Level
from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.odd_keys import WORDS, odd_keys
from scims_backup.engines.redis.rules.proof import Keys, RedisProof, RedisServer

USUAL = {
    (0, "session", "string"): 4000,
    (0, "", "list"): 1500,
    (0, "app", "hash"): 900,
    (1, "celery", "string"): 1200,
}


def proof(counts):
    keys = tuple(
        Keys(database, prefix, Kind(kind), number, 0) for (database, prefix, kind), number in counts.items()
    )
    return RedisProof(Level.COUNTS, RedisServer("redis", "7.0.15", 10), keys)


def odd(**lost):
    """Compare the usual keys with those that are left when some are lost."""
    names = {
        "session": (0, "session", "string"),
        "lists": (0, "", "list"),
        "app": (0, "app", "hash"),
        "one": (1, "celery", "string"),
    }
    left = dict(USUAL)
    for name, number in lost.items():
        left[names[name]] -= number
    return odd_keys(proof(USUAL), proof({group: number for group, number in left.items() if number}))


CASES = {
    "nothing lost": ({}, []),
    "half of a group": ({"session": 2000}, []),
    "more than half of a group": ({"session": 2001}, [("database 0, session:…, type string", 4000, 1999)]),
    "a group gone": ({"lists": 1500}, [("database 0, type list", 1500, None)]),
    "a small group gone": ({"app": 900}, []),
    "a database gone": ({"one": 1200}, [("database 1", 1200, None)]),
    "the greatest loss first": (
        {"session": 4000, "lists": 1499, "one": 1200},
        [
            ("database 0, session:…, type string", 4000, None),
            ("database 0, type list", 1500, 1),
            ("database 1", 1200, None),
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_lost_most_of_its_keys_is_odd(case):
    lost, expected = CASES[case]
    found = odd(**lost)
    assert [(one.table, one.expected, one.found) for one in found.tables] == expected
    assert found.words == WORDS


def test_many_small_groups_together_are_odd():
    before = {(0, f"w{number}", "string"): 600 for number in range(4)}
    after = dict.fromkeys(before, 200)
    assert [(one.table, one.expected, one.found) for one in odd_keys(proof(before), proof(after)).tables] == [
        ("database 0", 2400, 800)
    ]


@pytest.mark.parametrize(
    ("lost", "is_odd"), [({}, False), ({"session": 3000}, False), ({"session": 4000}, True)]
)
def test_a_total_below_half_is_odd(lost, is_odd):
    assert odd(**lost).total_is_odd is is_odd
