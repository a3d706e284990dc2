"""What a backup's source held, as far as anything but its engine needs to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from scims_backup.domain.holdings import Holdings
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

    def holdings(self) -> Holdings:
        """Return how much of the engine's unit each table, or what takes its place, holds."""

    def measure(self) -> Measure:
        """Return how much restoring and proving it take."""

    def to_bytes(self) -> bytes:
        """Write the document, before compression: the same bytes for the same proof."""


@runtime_checkable
class CompletedByArchive(Protocol):
    """A proof of which a part lies in the archive itself, e.g. a list of all keys.

    Sandboxes and targets see the archive anyway. A comparison gives it to the proof.
    """

    def completed(self, archive: Callable[[], Iterator[bytes]]) -> AbstractContextManager[Proof]:
        """Return the whole proof, which is good until the context ends.

        archive: yields all bytes, each time that it is called.
        Raise RestoreFailedError if the archive does not hold what the proof says.
        """
