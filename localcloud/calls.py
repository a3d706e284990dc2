"""Which functions were invoked, and how that ended, read from the journal that the executor writes."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Call:
    """One invocation that ended; error is its type, e.g. Runtime.ExitError."""

    request: str
    error: str | None
    answer: Any


@dataclass
class Calls:
    """The invocations of one function; of a retried event each attempt counts."""

    began: int = 0
    ended: list[Call] = field(default_factory=list)

    @property
    def errors(self) -> list[str]:
        """The types of the errors with which invocations ended."""
        return [call.error for call in self.ended if call.error]


def read_calls(journal: Path) -> dict[str, Calls]:
    """Read the journal; a function that was never invoked is not in it, but asking for it gives no calls."""
    calls: dict[str, Calls] = defaultdict(Calls)
    if not journal.exists():
        return calls
    for line in journal.read_text().splitlines():
        entry = json.loads(line)
        of = calls[entry["function"]]
        if entry["what"] == "began":
            of.began += 1
        else:
            of.ended.append(Call(entry["request"], entry["error"], _answer(entry["answer"])))
    return calls


def _answer(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
