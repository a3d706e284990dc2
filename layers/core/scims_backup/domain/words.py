"""What an engine calls the things that its proofs count."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Singular nouns whose plural has an s.

    unit: one of the things that are counted, e.g. `row`.
    namespace: one of what holds them, e.g. `table`.
    """

    unit: str = "row"
    namespace: str = "table"

    @property
    def units(self) -> str:
        """Several of the things that are counted."""
        return f"{self.unit}s"

    @property
    def namespaces(self) -> str:
        """Several of what holds them."""
        return f"{self.namespace}s"


ROWS_OF_TABLES = Words()
"""What they are called where no engine says otherwise."""
