"""A PostgreSQL database as a source: dump and proof at one exported snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from scims_backup.domain.errors import SourceError
from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.connect.permissions import refuse_unreadable, role_in_force
from scims_backup.engines.postgresql.connect.postgres_errors import translating
from scims_backup.engines.postgresql.dumping.dump_session import dump_session
from scims_backup.engines.postgresql.dumping.pg_dump import dumped
from scims_backup.engines.postgresql.dumping.snapshot import HeldSnapshot, held_still
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.programs.older_programs import older_programs
from scims_backup.engines.postgresql.proving.proof_run import ProofRun
from scims_backup.engines.postgresql.proving.sequences import list_sequences
from scims_backup.engines.postgresql.proving.tables import Inventory, read_inventory
from scims_backup.engines.postgresql.rules.unheld import unheld_warnings
from scims_backup.ports import Estimate, Progress

MAJORS = range(14, 19)
"""The majors of PostgreSQL that proof and dump know."""

WORKERS = 2
"""Connections that prove rows beside pg_dump: more take the source's processors from its users."""


def supported_major(connection: Connection, address: Address) -> int:
    """Return the server's major version. Raise SourceError if proof and dump do not know it."""
    major = connection.info.server_version // 10000
    if major not in MAJORS:
        raise SourceError(
            f"{address} is PostgreSQL {major}", f"PostgreSQL {MAJORS[0]} to {MAJORS[-1]} are supported"
        )
    return major


class PostgresSource:
    """One database; implements ports.Source.

    programs: directory of the client programs, or None to search for them.
    has_after_restore: the operator's SQL brings back what an archive cannot hold, and drills say whether all.
    """

    def __init__(
        self,
        address: Address,
        programs: Path | None = None,
        workers: int = WORKERS,
        *,
        has_after_restore: bool = False,
    ) -> None:
        self._address, self._programs, self._workers = address, programs, workers
        self._has_after_restore = has_after_restore

    @contextmanager
    def snapshot(self) -> Iterator[PostgresSnapshot]:
        """Hold the database still. Raise SourceError if it cannot be read, ToolMissingError for pg_dump."""
        with held_still(self._address) as held:
            major = supported_major(held.exporter, held.address)
            programs = ClientPrograms.find(major, self._programs)
            snapshot = PostgresSnapshot(
                held, programs, self._workers, has_after_restore=self._has_after_restore
            )
            try:
                yield snapshot
            finally:
                snapshot.stop()


class PostgresSnapshot:
    """A held database from which a dump and its proof are taken side by side."""

    taken: datetime | None = None

    def __init__(
        self, held: HeldSnapshot, programs: ClientPrograms, workers: int, *, has_after_restore: bool = False
    ) -> None:
        self._held, self._programs, self._workers = held, programs, workers
        self._has_after_restore = has_after_restore
        self._run: ProofRun | None = None
        with translating(f"listing the tables of {held.address}"):
            self._inventory: Inventory = read_inventory(held.exporter)
            refuse_unreadable(role_in_force(held.exporter), self._inventory, list_sequences(held.exporter))
        self._session = dump_session(held)
        self.estimate = Estimate(self._inventory.bytes, self._inventory.rows)
        older = older_programs(held.exporter, programs)
        self._older = [f"{older.message}: {older.cure}"] if older else []

    def prove(self, level: Level, progress: Progress) -> ProofRun:
        """Begin to take the proof."""
        self._run = ProofRun(self._held, self._inventory, level, progress, self._workers)
        return self._run

    def archive(self) -> Iterator[bytes]:
        """Yield the archive's bytes; once pg_dump holds its locks, make sure that nothing had changed."""
        with closing(dumped(self._programs, self._session, self._held.snapshot_id)) as chunks:
            for number, chunk in enumerate(chunks):
                # an archive begins with its table of contents: pg_dump has read all definitions by then
                if number == 0 and self._run is not None:
                    self._run.look_again()
                yield chunk

    def warnings(self) -> Sequence[str]:
        """What is older than the server, what could not be pinned, and what the archive cannot hold."""
        unheld = () if self._run is None else self._run.unheld
        lost = unheld_warnings(unheld, has_after_restore=self._has_after_restore)
        return [*self._older, *self._session.warnings(), *lost]

    def tools(self) -> Mapping[str, str]:
        """The version of pg_dump."""
        return {"pg_dump": self._programs.version}

    def stop(self) -> None:
        """End what still runs."""
        if self._run is not None:
            self._run.stop()
