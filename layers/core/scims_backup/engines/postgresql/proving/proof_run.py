"""A proof being taken: rows by the workers, everything else on the connection that holds the snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

from scims_backup.domain.errors import SourceBusyError, SourceChangedError
from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.connect.connection import Connection, connected
from scims_backup.engines.postgresql.connect.postgres_errors import AGAIN, translating
from scims_backup.engines.postgresql.dumping.definitions import refuse_changed
from scims_backup.engines.postgresql.dumping.renames import refuse_renamed
from scims_backup.engines.postgresql.dumping.rewrites import refuse_rewritten
from scims_backup.engines.postgresql.dumping.snapshot import HeldSnapshot
from scims_backup.engines.postgresql.proving.row_workers import RowWorkers
from scims_backup.engines.postgresql.proving.sequences import list_sequences, ranges, read_positions
from scims_backup.engines.postgresql.proving.tables import UNLOGGED, Inventory
from scims_backup.engines.postgresql.rules.proof import Proof, Rows, Schema
from scims_backup.engines.postgresql.schema import (
    read_members,
    read_schema,
    read_server,
    read_unheld,
    unknown_columns,
)
from scims_backup.ports import Progress

LOOK_LOCK_TIMEOUT_MS = 5_000
"""A check waits no longer for a lock: meanwhile the dump and every session behind its locks stand still."""
_NAMED = 5
"""How many changed objects an error names."""


class ProofRun:
    """The proof of one held snapshot; the workers run from the start.

    workers: how many connections read rows side by side.
    unheld: what the catalog shows to be in no archive.
    """

    def __init__(
        self, held: HeldSnapshot, inventory: Inventory, level: Level, progress: Progress, workers: int
    ) -> None:
        self._held, self._inventory, self._level = held, inventory, level
        with translating(f"reading the schema of {held.address}"):
            self._server = read_server(held.exporter)
            self._sequences = list_sequences(held.exporter)
            self._before = self._after = read_positions(held.exporter, self._sequences)
            self._schema = read_schema(held.exporter)
            self._unknown = unknown_columns(held.exporter)
            self._members, self.unheld = read_members(held.exporter), read_unheld(held.exporter)
        self._workers = RowWorkers(held, inventory, level, progress, workers)

    def look_again(self) -> None:
        """Look once more now that pg_dump holds its locks and has read the schema and the sequences.

        Parts of the schema are printed as they are now, not as of the snapshot: only if nothing changed
        between two looks did pg_dump, which looked in between, see the same.
        Raise SourceChangedError that names what changed.
        """
        try:
            with translating(f"checking {self._held.address} again"):
                self._look_as_of_the_snapshot()
            with self._present() as now:
                refuse_changed(self._held.exporter, now)
        except SourceBusyError as error:
            message = f"a change waits for the dump's locks: {error.message}"
            raise SourceChangedError(message, AGAIN) from error

    def _look_as_of_the_snapshot(self) -> None:
        _wait_briefly(self._held.exporter)
        refuse_rewritten(self._held.exporter, self._table_oids())
        self._after = read_positions(self._held.exporter, self._sequences)
        _refuse_changes(self._schema, read_schema(self._held.exporter))

    def check(self) -> None:
        """Raise the failure of the proof if it has failed already; do not wait."""
        self._workers.check()

    def result(self) -> Proof:
        """Wait for the proof. Raise SourceError if it failed."""
        large_objects = self._workers.large_objects()
        with self._present() as now:
            refuse_renamed(self._held.exporter, now, self._table_oids())
        return Proof(
            level=self._level,
            server=self._server,
            tables=self._rows(judged=True),
            sequences=ranges(self._sequences, self._before, self._after),
            large_objects=large_objects,
            schema=self._schema,
            reported=self._rows(judged=False),
            unjudged={**self._inventory.unjudged, **self._unreached(), **self._unknown},
            members=self._members,
            unheld=self.unheld,
        )

    def stop(self) -> None:
        """End everything that still runs."""
        self._workers.stop()

    @contextmanager
    def _present(self) -> Iterator[Connection]:
        with connected(self._held.address) as now, translating(f"checking {self._held.address} once more"):
            _wait_briefly(now)
            yield now

    def _unreached(self) -> dict[str, str]:
        return {f"sequence {one.qualified}": UNLOGGED for one in self._sequences if one.out_of_reach}

    def _table_oids(self) -> list[int]:
        return [table.oid for table in self._inventory.tables if table.readable]

    def _rows(self, *, judged: bool) -> dict[str, Rows]:
        rows = self._workers.rows.items()
        return {unit.table.qualified: found for unit, found in rows if unit.judged is judged}


def _wait_briefly(connection: Connection) -> None:
    connection.execute(f"SET lock_timeout = {LOOK_LOCK_TIMEOUT_MS}")


def _refuse_changes(before: Schema, now: Schema) -> None:
    changed = [
        f"{kind} {name}"
        for kind in sorted({*before, *now})
        for name in sorted(_differing(before.get(kind, {}), now.get(kind, {})))
    ]
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        raise SourceChangedError(
            f"changed while the dump ran: {', '.join(islice(changed, _NAMED))}{more}",
            "take the backup when no migration is running",
        )


def _differing(before: Mapping[str, object], now: Mapping[str, object]) -> set[str]:
    return {name for name in {*before, *now} if before.get(name) != now.get(name)}
