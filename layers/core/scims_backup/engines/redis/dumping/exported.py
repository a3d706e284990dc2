"""An RDB that somebody else has made, e.g. a cloud's export: there is no server to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from scims_backup.engines.redis.dumping.snapshot import RdbSnapshot
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from scims_backup.ports import Estimate


@dataclass(frozen=True)
class ExportedRdb:
    """An RDB in a file; implements Origin.

    stream: begins to yield its bytes.
    """

    name: str
    stream: Callable[[], Iterator[bytes]]
    modules: Mapping[str, str] = field(default_factory=dict)
    estimate: Estimate = field(default_factory=Estimate)

    @contextmanager
    def opened(self) -> Iterator[Iterator[bytes]]:
        """Begin to read it."""
        yield self.stream()

    def check_unchanged(self) -> None:
        """A file does not change."""

    def warnings(self) -> Sequence[str]:
        """Nothing is known of its server."""
        return ()

    def notes(self) -> Sequence[str]:
        """Nothing is known of its server."""
        return ()


@contextmanager
def exported_snapshot(
    stream: Callable[[], Iterator[bytes]], *, name: str, sandboxing: Sandboxing
) -> Iterator[RdbSnapshot]:
    """Read an RDB into an archive, with its proof. name: what messages call it."""
    snapshot = RdbSnapshot(ExportedRdb(name, stream), sandboxing)
    try:
        yield snapshot
    finally:
        snapshot.stop()
