"""Policy documents, read strictly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.iam.conditions import Condition, read_conditions
from localcloud.iam.errors import PolicyError
from localcloud.iam.matching import Context, action_matches, arn_matches, filled
from localcloud.iam.principals import Principals, read_principals

_ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal"}
_VERSIONS = ("2008-10-17", "2012-10-17")
IDENTITY, RESOURCE, TRUST = "identity", "resource", "trust"
"""Whose policy it is: of somebody, of a thing, of a role that others may take."""


@dataclass(frozen=True)
class Statement:
    """One statement. where: what it is called in a reason; principals: None in a policy of somebody."""

    where: str
    allows: bool
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...]
    not_resources: bool
    conditions: tuple[Condition, ...]
    principals: Principals | None
    variables: bool

    def is_about(self, action: str, resource: str, context: Context) -> bool:
        """Say whether it speaks of a request, whoever makes it."""
        return (
            any(action_matches(pattern, action) for pattern in self.actions) != self.not_actions
            and any(self._names(pattern, resource, context) for pattern in self.resources)
            != self.not_resources
            and all(condition.holds(context) for condition in self.conditions)
        )

    def _names(self, pattern: str, resource: str, context: Context) -> bool:
        found = filled(pattern, context) if self.variables else pattern
        return found is not None and (found == resource if resource == "*" else arn_matches(found, resource))


def read_policy(document: Mapping[str, Any], where: str, kind: str = IDENTITY) -> tuple[Statement, ...]:
    """Return the statements of a document. Raise PolicyError if IAM would refuse it."""
    version = document.get("Version", _VERSIONS[0])
    if set(document) - {"Version", "Id", "Statement"} or version not in _VERSIONS:
        raise PolicyError(f"{where}: {sorted(document)} of version {version} is no policy")
    statements = _listed(document.get("Statement", []))
    if not statements:
        raise PolicyError(f"{where} has no statement")
    return tuple(_read(each, where, number, kind, version) for number, each in enumerate(statements))


def _read(statement: Mapping[str, Any], where: str, number: int, kind: str, version: str) -> Statement:
    name = f"{where}.{statement.get('Sid', number)}"
    problems = list(_problems(statement, kind))
    if problems:
        raise PolicyError(f"{name}: {'; '.join(problems)}")
    variables = version == _VERSIONS[1]
    return Statement(
        where=name,
        allows=statement["Effect"] == "Allow",
        actions=_patterns(statement, "Action", name),
        not_actions="NotAction" in statement,
        resources=("*",) if kind == TRUST else _patterns(statement, "Resource", name),
        not_resources="NotResource" in statement,
        conditions=tuple(read_conditions(statement.get("Condition", {}), name, variables=variables)),
        principals=_principals(statement, name),
        variables=variables,
    )


def _problems(statement: Mapping[str, Any], kind: str) -> Iterator[str]:
    if unknown := set(statement) - _ELEMENTS - {"Condition"}:
        yield f"{sorted(unknown)} are no elements of a statement"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"its effect is {statement.get('Effect')!r}"
    needed = {"Action": True, "Resource": kind != TRUST, "Principal": kind != IDENTITY}
    for element, is_needed in needed.items():
        if sum(one in statement for one in (element, f"Not{element}")) != is_needed:
            yield f"{element} {'must stand there once' if is_needed else 'may not stand there'}"
    if "NotPrincipal" in statement and statement.get("Effect") == "Allow":
        yield "NotPrincipal with Allow lets everybody else in"


def _patterns(statement: Mapping[str, Any], element: str, where: str) -> tuple[str, ...]:
    found = tuple(_listed(statement.get(element, statement.get(f"Not{element}"))))
    if not found or not all(isinstance(one, str) for one in found):
        raise PolicyError(f"{where}: {element} is {found}")
    if element == "Action" and any(one != "*" and one.count(":") != 1 for one in found):
        raise PolicyError(f"{where}: {found} are no actions: service:Name")
    if element == "Resource":
        _check_arns(found, where)
    return found


def _check_arns(patterns: tuple[str, ...], where: str) -> None:
    for pattern in patterns:
        arn_matches(pattern, "")  # raises if it is none
        if "${" in ":".join(pattern.split(":")[:5]):
            raise PolicyError(f"{where}: {pattern}: a variable may stand only after the fifth colon")


def _principals(statement: Mapping[str, Any], where: str) -> Principals | None:
    for element in ("Principal", "NotPrincipal"):
        if element in statement:
            return read_principals(statement[element], where, negated=element == "NotPrincipal")
    return None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
