"""A deployment's own SQL expectations, and whether an answer meets them."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from scims_backup.domain.errors import UsageError

_CONDITION = re.compile(r"\s*(?P<operator>(?>>=|<=|!=|=|>|<))\s*(?P<value>.*?)\s*", re.DOTALL)
_OPERATORS = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_KEYS = {"name", "query", "expected", "condition"}


@dataclass(frozen=True)
class Expectation:
    """A query whose one value must meet a condition such as `>= 3`, or equal a value.

    condition: always an operator and a value; an expected value `7` is the condition `= 7`.
    """

    name: str
    query: str
    condition: str

    def met_by(self, answer: object) -> bool:
        """Say whether the query's answer meets the condition; numbers compare as numbers, else as text."""
        sign, right = parsed_condition(self.condition)
        compare, left = _OPERATORS[sign], text_of(answer)
        left_number, right_number = _number(left), _number(right)
        if left_number is not None and right_number is not None:
            return bool(compare(left_number, right_number))
        if sign in {"=", "!="}:
            return bool(compare(left, right))
        # no answer, or text beside a number, has no order: by spelling alone 'null' would be >= 3
        return answer is not None and left_number is right_number and bool(compare(left, right))


def parsed_condition(condition: str) -> tuple[str, str]:
    """Split a condition into its operator and its value. Raise ValueError if it is none."""
    match = _CONDITION.fullmatch(condition)
    if match is None:
        raise ValueError(condition)
    return match["operator"], match["value"]


def text_of(value: object) -> str:
    """How an answer is written: `true` and `false` for booleans, `null` for none."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def expectation_of(entry: Mapping[str, Any], where: str) -> Expectation:
    """Read one entry of an expectations document. Raise UsageError that names it if it is wrong.

    where: the file and the position, for the message.
    """
    _refuse(entry, where)
    condition = str(entry["condition"]) if "condition" in entry else f"= {text_of(entry['expected'])}"
    match = _CONDITION.fullmatch(condition)
    if match is None or ("condition" in entry and not match["value"]):
        raise UsageError(
            f"{where}: condition {condition!r} cannot be parsed", "write e.g. '>= 3' or '= done'"
        )
    return Expectation(str(entry["name"]), str(entry["query"]), condition)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return None if number.is_nan() else number


def _refuse(entry: Mapping[str, Any], where: str) -> None:
    problems = [f"unknown key {key!r}" for key in sorted(set(entry) - _KEYS)]
    problems += [f"no {key!r}" for key in ("name", "query") if not entry.get(key)]
    if ("expected" in entry) == ("condition" in entry):
        problems += ["exactly one of 'expected' and 'condition' is required"]
    if problems:
        raise UsageError(f"{where}: {', '.join(problems)}")
