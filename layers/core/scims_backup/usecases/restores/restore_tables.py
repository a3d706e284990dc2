"""Restoring chosen tables into a schema of their own, in the live database."""

from __future__ import annotations

from collections.abc import Sequence

from scims_backup.domain.manifest import Manifest
from scims_backup.domain.restored import TablesRestored
from scims_backup.usecases.restores.around_restore import restoring
from scims_backup.usecases.restores.capabilities import restoring_tables
from scims_backup.usecases.restores.restore_chosen import RestoreChosen
from scims_backup.usecases.stored.archives import opened
from scims_backup.usecases.stored.proofs import load_proof


class RestoreTables(RestoreChosen):
    """Restores tables from the backups of one source to one target."""

    def run(self, manifest: Manifest, names: Sequence[str], *, with_parents: bool = False) -> TablesRestored:
        """Restore tables beside the live ones, which nothing touches; their rows are those of the proof.

        with_parents: the tables that they refer to, too.
        Raise NothingToWorkOnError if the backup has no such table, TargetError if the schema is there already
        or the live database does not take it, RestoreFailedError if rows are not those that were proven.
        """
        target = restoring_tables(self.target)
        with restoring(self, manifest) as began:
            proof = load_proof(self.catalog, manifest, self.engines)
            tables = target.choose(proof, names, manifest.backup, with_parents=with_parents)
            with (
                opened(self.vault, manifest) as archive,
                target.build_tables(proof, tables, self.progress) as building,
            ):
                counts = self._moved(manifest, archive, building)
        self._record(manifest, began, schema=tables.schema, rows=counts)
        return TablesRestored(
            manifest.backup,
            self.target.live,
            tables.schema,
            counts,
            parents=tables.parents,
            children=tables.children,
            sql=tables.sql,
        )
