"""What is backed up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from scims_backup.engines.postgresql.rules.proof import Level, Proof
from scims_backup.ports.watching import Progress


@dataclass(frozen=True)
class Estimate:
    """What a dump will roughly be: bytes of table data, and rows (the planner's estimate)."""

    bytes: int
    rows: int


class ProofTask(Protocol):
    """A proof being taken in the background."""

    def check(self) -> None:
        """Raise the failure of the proof if it has failed already; do not wait."""

    def result(self) -> Proof:
        """Wait for the proof, and end the watch for changes. Raise SourceError if it failed."""


class Snapshot(Protocol):
    """A source held still: dump and proof see the same state."""

    estimate: Estimate

    def prove(self, level: Level, progress: Progress) -> ProofTask:
        """Begin to take the proof, beside the dump."""

    def archive(self) -> Iterator[bytes]:
        """Yield the archive's bytes; ending normally means that the dump program succeeded.

        Raise SourceError if it failed.
        """

    def warnings(self) -> Sequence[str]:
        """Say what is wrong with the source, its programs or settings, each with its cure.

        It stays so until somebody acts.
        """

    def tools(self) -> Mapping[str, str]:
        """Name the programs used and their versions, for the manifest."""


class Source(Protocol):
    """One database that is backed up."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Hold the source still until the context ends. Raise SourceError if it cannot be read."""
