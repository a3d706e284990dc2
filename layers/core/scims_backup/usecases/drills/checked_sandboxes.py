"""Sandboxes that open only where a check passes, e.g. in an image of the right version."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from scims_backup.ports import Sandbox, Sandboxes


@dataclass(frozen=True)
class CheckedSandboxes:
    """Sandboxes behind a check.

    check: raises ToolMissingError, which makes a drill inconclusive.
    """

    sandboxes: Sandboxes[Any]
    check: Callable[[], None]

    def open(self) -> AbstractContextManager[Sandbox[Any]]:
        """Open a sandbox. Raise ToolMissingError if the check fails."""
        self.check()
        return self.sandboxes.open()
