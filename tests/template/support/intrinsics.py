"""CloudFormation's functions, as far as template.yaml uses them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

NO_VALUE = object()

_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")


class UnresolvedError(Exception):
    """A name that nothing in the template has."""


class Resolver:
    """Resolves values of one stack. names: what `!Ref NAME` gives; attribute: what `!GetAtt` gives."""

    def __init__(
        self,
        names: Mapping[str, Any],
        attribute: Callable[[str, str], Any],
        conditions: Mapping[str, Any],
    ) -> None:
        self._names = names
        self._attribute = attribute
        self._conditions = conditions

    def condition(self, name: str) -> bool:
        """Say whether a condition of the template holds."""
        if name not in self._conditions:
            raise UnresolvedError(f"there is no condition {name}")
        return bool(self.value(self._conditions[name]))

    def value(self, value: Any) -> Any:
        """Return a value with everything in it resolved; what is `AWS::NoValue` is left out."""
        if isinstance(value, list):
            return [item for item in map(self.value, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in {"Ref", "Condition"} and isinstance(argument, str):
                return self._ref(argument) if name == "Ref" else self.condition(argument)
            if name.startswith("Fn::"):
                return self._call(name.removeprefix("Fn::"), argument)
        resolved = {key: self.value(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name not in self._names:
            raise UnresolvedError(f"nothing is called {name}")
        return self._names[name]

    def _call(self, function: str, argument: Any) -> Any:
        known: Mapping[str, Callable[[Any], Any]] = {
            "If": lambda of: self.value(of[1] if self.condition(of[0]) else of[2]),
            "Sub": self._sub,
            "GetAtt": lambda of: self._attribute(*(of.split(".", 1) if isinstance(of, str) else of)),
            "Join": lambda of: of[0].join(self.value(of[1])),
            "Split": lambda of: self.value(of[1]).split(of[0]),
            "Select": lambda of: self.value(of[1])[int(of[0])],
            "Equals": lambda of: str(self.value(of[0])) == str(self.value(of[1])),
            "Not": lambda of: not self.value(of[0]),
            "And": lambda of: all(self.value(item) for item in of),
            "Or": lambda of: any(self.value(item) for item in of),
        }
        if function not in known:
            raise UnresolvedError(f"Fn::{function} is not known here")
        return known[function](argument)

    def _sub(self, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})
        own = {name: self.value(value) for name, value in variables.items()}

        def resolved(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in own:
                return str(own[name])
            if "." in name:
                return str(self._attribute(*name.split(".", 1)))
            return str(self._ref(name))

        return _VARIABLE.sub(resolved, text)
