"""What a deployment asks of a restored database beyond equality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scims_backup.domain.expectations import Expectation


@dataclass(frozen=True)
class Questions:
    """Asked of the database itself, in its engine's own language.

    expectations: queries with one answer each.
    role: the application's role, which must be able to log in; None if there is none.
    """

    expectations: Sequence[Expectation] = ()
    role: str | None = None
