"""Whether an answer meets an expectation."""

from decimal import Decimal

import pytest

from scims_backup.domain.errors import UsageError
from scims_backup.domain.expectations import expectation_of

QUERY = {"name": "stock", "query": "SELECT 1"}


@pytest.mark.parametrize(
    ("entry", "answer", "met"),
    [
        ({"expected": 7}, 7, True),
        ({"expected": 7}, Decimal("7.00"), True),
        ({"expected": 7}, 8, False),
        ({"expected": "7"}, 7, True),
        ({"expected": True}, True, True),
        ({"expected": True}, False, False),
        ({"expected": True}, 1, False),
        ({"expected": None}, None, True),
        ({"expected": 0}, None, False),
        ({"expected": "done"}, "done", True),
        ({"expected": "done"}, "Done", False),
        ({"condition": ">= 3"}, 3, True),
        ({"condition": ">= 3"}, 2, False),
        ({"condition": "> 9"}, 10, True),
        ({"condition": "< 10"}, 9, True),
        ({"condition": "<= 0.5"}, Decimal("0.50"), True),
        ({"condition": "!= 0"}, 0, False),
        ({"condition": "!= null"}, None, False),
        ({"condition": "!= null"}, "x", True),
        ({"condition": "= null"}, None, True),
        ({"condition": "  >=   3  "}, 3, True),
        ({"condition": ">= 3"}, None, False),
        ({"condition": "> 3"}, "many", False),
        ({"condition": "> 3"}, float("nan"), False),
        ({"condition": "> few"}, 3, False),
        ({"condition": "> 3"}, float("inf"), True),
        ({"condition": "!= 3"}, None, True),
        ({"expected": float("nan")}, float("nan"), True),
        ({"expected": ""}, "", True),
        ({"expected": ""}, "x", False),
        ({"expected": "two\nlines"}, "two\nlines", True),
        ({"condition": ">= 2026-11-22"}, "2026-11-23", True),
    ],
)
def test_an_answer_meets_its_expectation_or_not(entry, answer, met):
    assert expectation_of({**QUERY, **entry}, "e.toml").met_by(answer) is met


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"expected": 1, "condition": "= 1"}, "exactly one of"),
        ({}, "exactly one of"),
        ({"expected": 1, "querry": "x"}, "unknown key 'querry'"),
        ({"expected": 1, "query": ""}, "no 'query'"),
        ({"condition": "about 3"}, "condition 'about 3' cannot be parsed"),
        ({"condition": ">="}, "cannot be parsed"),
    ],
)
def test_an_expectation_that_is_wrong_is_refused_by_its_place(entry, problem):
    with pytest.raises(UsageError, match=f"e.toml, 1: .*{problem}"):
        expectation_of({**QUERY, **entry}, "e.toml, 1")
