"""What CloudFormation does with the Rules of a template, and nothing that it does not.

The functions are those of AWS's page 'Rule functions'; within them stand others of them, and Ref to a
parameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.template.support.loading import Template

Values = Mapping[str, Any]


class NotForRulesError(Exception):
    """A rule uses what may not stand in one."""


def refused_by(template: Template, given: Mapping[str, str], empty_list: list[str]) -> list[str]:
    """Name the parameters and the rules that refuse what was given. empty_list: what '' is as a list."""
    values = _values(template, given, empty_list)
    wrong = [name for name in given if not _allowed(template["Parameters"][name], given[name])]
    return wrong + [name for name, rule in template["Rules"].items() if not _kept(rule, values)]


def _values(template: Template, given: Mapping[str, str], empty_list: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, parameter in template["Parameters"].items():
        text = str(given.get(name, parameter.get("Default", "")))
        values[name] = (text.split(",") if text else empty_list) if _holds_many(parameter) else text
    return values


def _holds_many(parameter: Mapping[str, Any]) -> bool:
    return str(parameter["Type"]).startswith(("CommaDelimitedList", "List<"))


def _allowed(parameter: Mapping[str, Any], text: str) -> bool:
    if "AllowedValues" in parameter and text not in map(str, parameter["AllowedValues"]):
        return False
    if parameter["Type"] == "Number":
        lowest, highest = parameter.get("MinValue", float(text)), parameter.get("MaxValue", float(text))
        return bool(lowest <= float(text) <= highest)
    members = text.split(",") if _holds_many(parameter) else [text]
    pattern = parameter.get("AllowedPattern", r"(?s).*")
    return all(re.fullmatch(pattern, member) for member in members)  # CloudFormation matches each of a list


def _kept(rule: Mapping[str, Any], values: Values) -> bool:
    if set(rule) - {"RuleCondition", "Assertions"}:
        raise NotForRulesError(f"a rule has no {sorted(rule)}")
    # all of it is looked at, also where the condition already says that it does not matter
    asserted = [_truth(one["Assert"], values) for one in rule["Assertions"]]
    applies = _truth(rule["RuleCondition"], values) if "RuleCondition" in rule else True
    return all(asserted) or not applies


def _truth(expression: Any, values: Values) -> bool:
    found = value_of(expression, values)
    if not isinstance(found, bool):
        raise NotForRulesError(f"{expression} is neither true nor false")
    return found


def value_of(expression: Any, values: Values) -> Any:
    """Evaluate an expression. Raise NotForRulesError if something in it may not stand in a rule."""
    if isinstance(expression, list):
        return [value_of(one, values) for one in expression]
    if not isinstance(expression, dict):
        return str(expression)
    ((name, argument),) = expression.items()
    if name == "Ref":
        if argument not in values:
            raise NotForRulesError(f"Ref {argument} is not to a parameter")
        return values[argument]
    if name not in _FUNCTIONS:
        raise NotForRulesError(f"{name} may not stand in a rule")
    return _FUNCTIONS[name](*_arguments(name, argument, values))


def _arguments(name: str, argument: Any, values: Values) -> Iterator[Any]:
    least, most = _HOW_MANY[name]
    if not isinstance(argument, list) or not least <= len(argument) <= most:
        raise NotForRulesError(f"{name} takes {least} to {most} arguments, not {argument}")
    return (value_of(one, values) for one in argument)


def _is_list(found: Any) -> list[str]:
    if not isinstance(found, list):
        raise NotForRulesError(f"{found!r} is no list")
    return found


_FUNCTIONS: Mapping[str, Callable[..., bool]] = {
    "Fn::And": lambda *conditions: all(conditions),
    "Fn::Or": lambda *conditions: any(conditions),
    "Fn::Not": lambda condition: not condition,
    "Fn::Equals": lambda one, other: bool(one == other),
    "Fn::Contains": lambda texts, text: text in _is_list(texts),
    "Fn::EachMemberEquals": lambda texts, text: all(one == text for one in _is_list(texts)),
    "Fn::EachMemberIn": lambda texts, others: all(one in _is_list(others) for one in _is_list(texts)),
}
"""Not RefAll, ValueOf and ValueOfAll: they ask AWS what there is in the account."""
_HOW_MANY = dict.fromkeys(_FUNCTIONS, (2, 2)) | {
    "Fn::And": (2, 10),
    "Fn::Or": (2, 10),
    "Fn::Not": (1, 1),
}
