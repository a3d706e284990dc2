"""Restoring chosen tables into a schema of their own, in the live database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain.errors import RestoreFailedError
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.manifest import Manifest
from scims_backup.engines.postgresql.rules.chosen_tables import TablesRestored, chosen, differences
from scims_backup.engines.postgresql.rules.putting_back import statements
from scims_backup.engines.postgresql.rules.table_family import gone_with, parents_of, written
from scims_backup.ports import Catalog, Progress, Target, Vault
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.restores.around_restore import restoring
from scims_backup.usecases.stored.archives import opened
from scims_backup.usecases.stored.proofs import load_proof


@dataclass(frozen=True)
class RestoreTables:
    """Restores tables from the backups of one source to one target."""

    vault: Vault
    catalog: Catalog
    target: Target
    events: EventLog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress

    def run(self, manifest: Manifest, names: Sequence[str], *, with_parents: bool = False) -> TablesRestored:
        """Restore tables beside the live ones, which nothing touches; their rows are those of the proof.

        with_parents: the tables that they refer to, too.
        Raise NothingToWorkOnError if the backup has no such table, TargetError if the schema is there already
        or the live database does not take it, RestoreFailedError if rows are not those that were proven.
        """
        with restoring(self, manifest):
            proof = load_proof(self.catalog, manifest)
            tables = chosen(proof, names, manifest.backup, with_parents=with_parents)
            with (
                opened(self.vault, manifest) as archive,
                self.target.build_tables(proof, tables, self.progress) as building,
            ):
                self.progress.phase("restore", total_bytes=manifest.archive.bytes)
                archive.stream(building.write, self.progress)
                building.finish()
                self.progress.phase("prove")
                found = list(differences(proof.tables, building.rows(proof.level)))
                if found:
                    raise RestoreFailedError(
                        f"{found[0]}: nothing was put into {self.target.live}", "restore from another backup"
                    )
                self.progress.phase("move")
                rows = building.move()
        counts = {name: of.rows for name, of in rows.items()}
        facts = {
            "database": self.target.live,
            "schema": tables.schema,
            "rows": counts,
            "swapped": False,
            "aside": None,
        }
        self.events.record(Kind.RESTORE_COMPLETED, Severity.INFO, facts, manifest.backup)
        return TablesRestored(
            manifest.backup,
            self.target.live,
            tables.schema,
            counts,
            parents=written(parents_of(proof, tables.tables)),
            children=written(gone_with(proof, tables.tables)),
            sql=statements(proof, tables.tables, tables.schema),
        )
