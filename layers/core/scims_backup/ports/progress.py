"""Who watches an operation."""

from __future__ import annotations

from typing import Protocol

from scims_backup.domain.words import Words


class Progress(Protocol):
    """Whoever watches. All methods may be called from any thread and must not raise."""

    words: Words
    """What is counted besides bytes; set before the first phase."""

    def phase(self, name: str, total_bytes: int = 0, total_rows: int = 0) -> None:
        """A phase begins (dump, start, restore, prove, remove …); totals are estimates, 0 if unknown."""

    def bytes(self, count: int) -> None:
        """So many more bytes went through."""

    def rows(self, table: str, count: int) -> None:
        """A table, or what else an engine has, was proven or loaded; it has this many rows."""

    def note(self, message: str) -> None:
        """Something the reader should know, e.g. a retry."""
