"""Whether an event pattern takes an event, as far as our rules need EventBridge's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def takes(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Say whether a rule's pattern takes an event."""
    return all(_field(wanted, event.get(key)) for key, wanted in pattern.items())


def _field(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(found, Mapping) and takes(wanted, found)
    values = found if isinstance(found, list) else [found]  # of an array one element is enough
    return any(_value(one, value) for one in wanted for value in values)


def _value(wanted: Any, found: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(wanted == found)
    ((kind, text),) = wanted.items()
    if not isinstance(found, str):
        return False
    if kind == "prefix":
        return found.startswith(text)
    assert kind == "wildcard", f"{kind} is not known here"
    return re.fullmatch(".*".join(map(re.escape, text.split("*"))), found) is not None
