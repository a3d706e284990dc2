"""Where the bytes of an RDB come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from scims_backup.ports import Estimate


class Origin(Protocol):
    """One RDB that is about to be read."""

    @property
    def name(self) -> str:
        """What messages call it, e.g. the server's address."""

    @property
    def modules(self) -> Mapping[str, str]:
        """The modules that its server had loaded, as far as that is known, with their versions."""

    @property
    def estimate(self) -> Estimate:
        """How much it will roughly be."""

    def opened(self) -> AbstractContextManager[Iterator[bytes]]:
        """Begin to read it. Raise SourceError if that fails, the iterator as well."""

    def check_unchanged(self) -> None:
        """Look at the source again, once all was read. Raise SourceChangedError if it is another one now."""

    def warnings(self) -> Sequence[str]:
        """Say what is wrong with the source until somebody acts, each with its cure."""

    def notes(self) -> Sequence[str]:
        """Say what a reader may want to know of this one time."""
