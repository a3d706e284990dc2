"""Sandboxes that open only in an image of the right version of PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from scims_backup.engines.postgresql.rules.image import refuse_other_image
from scims_backup.ports import Sandbox, Sandboxes


@dataclass(frozen=True)
class OfTheRightImage:
    """Sandboxes of an image. environment: says which versions of PostgreSQL it has, and is to have."""

    sandboxes: Sandboxes
    environment: Mapping[str, str]

    def open(self) -> AbstractContextManager[Sandbox]:
        """Open a sandbox. Raise ToolMissingError, which makes a drill inconclusive, in another image."""
        refuse_other_image(self.environment)
        return self.sandboxes.open()
