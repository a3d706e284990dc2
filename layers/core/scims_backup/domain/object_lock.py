"""Object Lock: a promise of the store itself that archives stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ObjectLock:
    """How an archive is protected from removal, and for how many days from when its store begins."""

    mode: Literal["GOVERNANCE", "COMPLIANCE"]
    days: int
