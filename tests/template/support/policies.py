"""Whether a role may do something by its own policies: what a check asks of one role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from localcloud.iam.conditions import read_conditions
from localcloud.iam.documents import RESOURCE, read_policy
from localcloud.iam.documents import Statement as ReadStatement
from tests.template.support.stacks import Resource, Stack

Statement = Mapping[str, Any]


def listed(value: Any) -> list[Any]:
    """Policies write one thing with or without a list."""
    return value if isinstance(value, list) else [value]


def statements(role: Resource) -> Iterator[Statement]:
    """Yield the statements of a role's own policies."""
    for policy in role.properties.get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]


def may(role: Resource, action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
    """Say whether a role's own policies allow something. context: the condition keys of the request."""
    return _allow(role.own_statements, action, resource, context)


def passes(document: Mapping[str, Any], action: str, resource: str) -> bool:
    """Say whether an endpoint's policy lets something through, whoever asks."""
    return _allow(read_policy(document, "the endpoint's policy", RESOURCE), action, resource)


def _allow(
    read: Iterable[ReadStatement], action: str, resource: str, context: Mapping[str, str] | None = None
) -> bool:
    told = {key.lower(): value for key, value in (context or {}).items()}
    about = [one for one in read if one.is_about(action, resource, told)]
    return bool(about) and all(one.allows for one in about)


def holds(condition: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    """Say whether a statement's condition holds for a request."""
    told = {key.lower(): value for key, value in context.items()}
    return all(one.holds(told) for one in read_conditions(condition, "the condition", variables=True))


def role_of(stack: Stack, logical_id: str) -> Resource | None:
    """Return the role that a function runs as."""
    arn = str(stack.properties(logical_id).get("Role", ""))
    return stack.resources.get(arn.rpartition("/")[2])
