"""Collects everything that is wrong with the settings, to report it at once."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import TypeVar

from scims_backup.domain.errors import UsageError

Value = TypeVar("Value")


class Problems:
    """What is missing or wrong so far."""

    def __init__(self) -> None:
        self._found: list[UsageError] = []

    def add(self, message: str, cure: str = "") -> None:
        """Note one problem.

        message: what, and where.
        cure: what to do about it.
        """
        self._found.append(UsageError(message, cure))

    def include(self, others: Problems) -> None:
        """Note what was found elsewhere."""
        self._found += others._found

    def attempt(self, read: Callable[[], Value], otherwise: Value) -> Value:
        """Return what read returns; if it raises UsageError, note that and return `otherwise`."""
        try:
            return read()
        except UsageError as error:
            self._found.append(error)
            return otherwise

    def raise_any(self) -> None:
        """Raise UsageError with all problems, if there are any."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            listed = "".join(f"\n  - {problem}" for problem in self._found)
            raise UsageError(f"{len(self._found)} settings are missing or invalid:{listed}")


def nearest(word: str, known: Iterable[str]) -> str:
    """Ask whether a known word was meant, e.g. `did you mean 'vault'?`, or list the known ones."""
    choices = sorted(known)
    close = difflib.get_close_matches(word, choices, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(choices)}"
