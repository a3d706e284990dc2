"""The facts of an event as lines of text; unknown facts are shown too, and none is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from scims_backup.domain.alert.texts import one_line, size
from scims_backup.domain.verdict_words import difference

_MOST = 50
"""Of anything: an event carries no more findings."""
_DEEPEST = 3
_LONGEST_NAME = 40
_EXACT = 1000.0
"""Below this, six digits hold all three decimals."""
_IN_ALL = "_in_all"
_FIRST = ("message", "findings", "tables", "reason", "warnings", "refused", "problems")
"""The most important facts, in this order; what an engine calls tables stands in their place."""


def headline(facts: Mapping[str, object]) -> str:
    """The most important fact, in one line; empty if none of the usual ones exists."""
    namespace = facts.get("namespace")
    for usual in _FIRST:
        name = f"{namespace}s" if usual == "tables" and isinstance(namespace, str) else usual
        value = facts.get(name)
        if isinstance(value, list) and value:
            count = _in_all(facts, name, len(value))
            return f"{count} {name}: {shown(value[0])}" if count > 1 else shown(value[0])
        if isinstance(value, str) and value.strip():
            return shown(value)
    return ""


def listed(facts: Mapping[str, object]) -> Iterator[str]:
    """Yield every list among the facts, each under a heading with its total count."""
    for name, value in islice(facts.items(), _MOST):
        if isinstance(value, list) and value:
            count = _in_all(facts, name, len(value))
            of_all = f"{min(len(value), _MOST)} of {count}" if count > min(len(value), _MOST) else f"{count}"
            yield f"{_label(name)} ({of_all}):"
            yield from (f"  - {shown(item)}" for item in value[:_MOST])
            yield ""


def named(facts: Mapping[str, object], without: tuple[str, ...]) -> dict[str, str]:
    """The facts that are not lists, by their labels. without: names of texts that are shown elsewhere."""
    return {
        _label(name): shown(value, name)
        for name, value in islice(facts.items(), _MOST)
        if not isinstance(value, list)
        and not (name in without and isinstance(value, str))
        and not name.endswith(_IN_ALL)
        and value not in ("", None, {})
    }


def scalars(facts: Mapping[str, object]) -> dict[str, str]:
    """The facts that are one text or number each, by their names."""
    return {name: shown(value, name) for name, value in facts.items() if isinstance(value, (str, int, float))}


def shown(value: object, name: str = "", depth: int = 0) -> str:
    """Write any JSON value in one line. name: of the fact, which may name its unit."""
    if isinstance(value, (dict, list)) and depth == _DEEPEST:
        return "..."
    if isinstance(value, dict):
        return _of_mapping(value, depth)
    if isinstance(value, list):
        return one_line(", ".join(shown(item, name, depth + 1) for item in value[:_MOST]))
    if isinstance(value, (int, float)) and not isinstance(value, bool) and name.endswith("bytes"):
        return size(value)
    if isinstance(value, float):
        return f"{round(value, 3):g}" if abs(value) < _EXACT else str(value)
    return one_line(str(value))


def _of_mapping(value: Mapping[str, object], depth: int) -> str:
    """Write a difference as a sentence, and anything else by the names of what is in it."""
    if {"expected", "found"} <= value.keys() and ("object" in value or "table" in value):
        return _difference(value, depth + 1)
    parts = (
        f"{one_line(str(key), _LONGEST_NAME)} {shown(item, str(key), depth + 1)}"
        for key, item in islice(value.items(), _MOST)
    )
    return one_line(", ".join(parts))


def _difference(value: Mapping[str, object], depth: int) -> str:
    about = value["object"] if "object" in value else f"table {value['table']}"
    expected = shown(value["expected"], depth=depth)
    found = "nothing" if value["found"] is None else shown(value["found"], depth=depth)
    return f"{shown(about, depth=depth)}: {difference(expected, found)}"


def _in_all(facts: Mapping[str, object], name: str, there: int) -> int:
    """The total count of a list; at least the number of items present."""
    count = facts.get(f"{name}{_IN_ALL}")
    return max(there, count) if isinstance(count, int) else there


def _label(name: str) -> str:
    return one_line(name.replace("_", " "), _LONGEST_NAME).capitalize()
