"""What a backup's source held, as far as anything but its engine needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from scims_backup.domain.level import Level


@dataclass(frozen=True)
class Measure:
    """How much there is to do, in the engine's unit (rows, keys), for progress.

    restored: what a restore brings back.
    proven: what proving reads again.
    """

    restored: int
    proven: int


class Proof(Protocol):
    """What a source held at its archive's own state. Each engine has a document of its own for it.

    A sidecar that a restore needs beside the archive belongs in here: the proof is stored with the backup,
    and sandboxes and targets are given it.
    """

    @property
    def level(self) -> Level:
        """How deep it looked."""

    def identity(self) -> Mapping[str, str]:
        """Say which server and which part of it this is of, for the manifest; no secrets."""

    def counts(self) -> Mapping[str, int]:
        """Return how many things of each sort it holds, e.g. tables and rows, by the sort's plural."""

    def measure(self) -> Measure:
        """Return how much restoring and proving it take."""

    def to_bytes(self) -> bytes:
        """Write the document, before compression: the same bytes for the same proof."""
