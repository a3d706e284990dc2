"""Whether a role may do something, as far as our policies need IAM's language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.template.support.stacks import Resource, Stack

Statement = Mapping[str, Any]

_EQUAL = {"StringEquals", "ArnEquals", "Bool"}
_LIKE = {"StringLike", "ArnLike"}


def listed(value: Any) -> list[Any]:
    """Policies write one thing with or without a list."""
    return value if isinstance(value, list) else [value]


def statements(role: Resource) -> Iterator[Statement]:
    """Yield the statements of a role's own policies."""
    for policy in role.properties.get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]


def may(role: Resource, action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
    """Say whether a role may do something. context: the condition keys of the request."""
    return any(
        statement["Effect"] == "Allow"
        and any(_matches(pattern, action) for pattern in listed(statement["Action"]))
        and any(_matches(pattern, resource) for pattern in listed(statement["Resource"]))
        and holds(statement.get("Condition", {}), context or {})
        for statement in statements(role)
    )


def holds(condition: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    """Say whether a statement's condition holds for a request."""
    return all(
        _test(operator, context.get(key), listed(values))
        for operator, tests in condition.items()
        for key, values in tests.items()
    )


def _test(operator: str, found: str | None, values: list[Any]) -> bool:
    if operator == "Null":
        return (found is None) == (str(values[0]) == "true")
    if found is None:
        return False
    if operator == "NumericLessThanEquals":
        return float(found) <= float(values[0])
    if operator in _EQUAL:
        return found in [str(value) for value in values]
    assert operator in _LIKE, f"condition {operator} is not known here"
    return any(_matches(str(value), found) for value in values)


def _matches(pattern: str, text: str) -> bool:
    expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def role_of(stack: Stack, logical_id: str) -> Resource | None:
    """Return the role that a function runs as."""
    arn = str(stack.properties(logical_id).get("Role", ""))
    return stack.resources.get(arn.rpartition("/")[2])
