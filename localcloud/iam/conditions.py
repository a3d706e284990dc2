"""A statement's conditions: all of them must hold; of one key's values one is enough."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.iam.errors import PolicyError
from localcloud.iam.keys import kind_of
from localcloud.iam.matching import Context, filled
from localcloud.iam.operators import OPERATORS, Operator

_IF_EXISTS = "IfExists"
_SETS = ("ForAllValues", "ForAnyValue")


@dataclass(frozen=True)
class Condition:
    """One key under one operator. operator: None for Null; over: ForAllValues, ForAnyValue or nothing."""

    key: str
    values: tuple[str, ...]
    operator: Operator | None
    over: str = ""
    if_exists: bool = False
    variables: bool = True

    def holds(self, context: Context) -> bool:
        """Say whether it holds. Raise PolicyError if the request has several values and it asks for one."""
        present = self._present(context)
        if self.operator is None:
            return (not present) == (self.values[0].lower() == "true")
        if not present:
            return self._holds_for_none(self.operator)
        matches = [self._matches(self.operator, value, context) for value in present]
        if self.over == "ForAllValues":
            return all(matches)
        if self.over == "ForAnyValue":
            return any(matches)
        if len(present) > 1:
            raise PolicyError(f"{self.key} has several values: it needs ForAllValues or ForAnyValue")
        return matches[0]

    def _present(self, context: Context) -> tuple[str, ...]:
        found = context.get(self.key, ())
        values = (found,) if isinstance(found, str) else found
        # an empty text is a value, but for what asks of all or any: there it is none
        return tuple(value for value in values if value or not self.over)

    def _holds_for_none(self, operator: Operator) -> bool:
        """A missing key is unequal to everything; any of none is false, all of none is true."""
        if self.if_exists or self.over == "ForAllValues":
            return True
        return operator.negated and not self.over

    def _matches(self, operator: Operator, value: str, context: Context) -> bool:
        wanted = (filled(each, context) if self.variables else each for each in self.values)
        # a variable without a value is equal to nothing, and like nothing
        return any(operator.compare(each, value) for each in wanted if each is not None) != operator.negated


def read_conditions(block: Mapping[str, Any], where: str, *, variables: bool) -> Iterator[Condition]:
    """Yield the conditions of a statement. Raise PolicyError if one is not known or makes no sense."""
    for name, tests in block.items():
        for key, values in tests.items():
            yield _read(name, key, values, where, variables)


def _read(name: str, key: str, values: Any, where: str, variables: bool) -> Condition:
    over, _, plain = name.rpartition(":")
    if over and over not in _SETS:
        raise PolicyError(f"{where}: {over} is no set operator")
    listed = tuple(_text(value, where) for value in (values if isinstance(values, list) else [values]))
    kind = kind_of(key)
    if not listed:
        raise PolicyError(f"{where}: {name} {key} has no value")
    if plain == "Null":
        if over or any(value.lower() not in ("true", "false") for value in listed) or len(listed) != 1:
            raise PolicyError(f"{where}: Null {key} is true or false, not {values}")
        return Condition(key.lower(), listed, None)
    operator = OPERATORS.get(plain.removesuffix(_IF_EXISTS))
    if operator is None:
        raise PolicyError(f"{where}: the condition operator {name} is not known here")
    if kind.removesuffix("s") not in operator.kinds:
        raise PolicyError(f"{where}: {name} is not for {key}, whose values are of the kind {kind}")
    if over and not kind.endswith("s"):
        raise PolicyError(f"{where}: {over} is for keys with several values, and {key} has one")
    return Condition(key.lower(), listed, operator, over, plain.endswith(_IF_EXISTS), variables)


def _text(value: Any, where: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise PolicyError(f"{where}: {value!r} is no value of a condition")
