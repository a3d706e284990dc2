"""What is backed up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar, runtime_checkable

from scims_backup.domain.backup import BackupId
from scims_backup.domain.level import Level
from scims_backup.ports.progress import Progress
from scims_backup.ports.proofs import Proof

P_co = TypeVar("P_co", bound=Proof, covariant=True)


@dataclass(frozen=True)
class Estimate:
    """What a dump will roughly be: bytes of data, and things (rows, keys); 0 where that is not known."""

    bytes: int = 0
    rows: int = 0


class ProofTask(Protocol[P_co]):
    """A proof being taken."""

    def check(self) -> None:
        """Raise the failure of the proof if it has failed already; do not wait."""

    def result(self) -> P_co:
        """Wait for the proof, and end the watch for changes. Raise SourceError if it failed.

        Called once the archive has ended, so that a proof may be made of the archive's own bytes.
        """


class Snapshot(Protocol[P_co]):
    """A source held still: archive and proof are of the same state."""

    estimate: Estimate
    taken: datetime | None
    """When the source was as the archive holds it; None for the start of the run that reads it."""

    def prove(self, level: Level, progress: Progress) -> ProofTask[P_co]:
        """Begin to take the proof, beside the archive or of the bytes that `archive` is about to yield."""

    def archive(self) -> Iterator[bytes]:
        """Yield the archive's bytes; ending normally means that all of it was written.

        Raise SourceError if it failed.
        """

    def warnings(self) -> Sequence[str]:
        """Say what is wrong with the source, its programs or settings, or what the archive cannot hold.

        Each has its cure, and stays so until somebody acts. Asked once the proof is there.
        """

    def tools(self) -> Mapping[str, str]:
        """Name the programs used and their versions, for the manifest."""


class Source(Protocol[P_co]):
    """What is backed up: the archive is a stream that is held open."""

    def snapshot(self) -> AbstractContextManager[Snapshot[P_co]]:
        """Hold the source still until the context ends. Raise SourceError if it cannot be read."""


@runtime_checkable
class DelayedSource(Protocol[P_co]):
    """What is backed up elsewhere first: the archive arrives over several runs, e.g. a cloud's export.

    A run that finds it not there yet ends, and the next one asks again, with the same order.
    """

    def order(self, backup: BackupId) -> Mapping[str, str]:
        """Ask for the archive; return what tells the order again, which is kept in the catalog: no secrets.

        Asking again for the same backup orders nothing new. Raise SourceError.
        """

    def delivered(self, order: Mapping[str, str]) -> AbstractContextManager[Snapshot[P_co]] | None:
        """Return an order's archive; None if it is not there yet.

        Raise OrderLostError if it will never be there, SourceError if that cannot be known now.
        """

    def collected(self, order: Mapping[str, str]) -> None:
        """Remove what was made for an order whose archive is in the vault; what is gone is removed already.

        A run that dies does not call it: `order` removes what earlier orders left. Raise SourceError.
        """
