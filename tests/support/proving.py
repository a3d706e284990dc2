"""Proofs of a test's databases, and real dumps restored beside them."""

import subprocess
from pathlib import Path

from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.dumping.snapshot import held_still
from scims_backup.engines.postgresql.proving.proof_run import ProofRun
from scims_backup.engines.postgresql.proving.row_workers import RowWorkers
from scims_backup.engines.postgresql.proving.tables import Inventory, read_inventory
from scims_backup.engines.postgresql.rules.proof import Proof, Rows
from tests.fakes import RecordedProgress
from tests.support.databases import Database

LARGE_OBJECTS = "large objects"


def rows_of(database: Database, level: Level = Level.FULL) -> dict[str, Rows]:
    """Prove the rows of every table, and of the large objects."""
    with held_still(Address.parse(database.url)) as held:
        workers = RowWorkers(held, read_inventory(held.exporter), level, RecordedProgress(), 2)
        try:
            large_objects = workers.large_objects()
        finally:
            workers.stop()
        rows = {unit.table.qualified: rows for unit, rows in workers.rows.items() if unit.judged}
        return {**rows, LARGE_OBJECTS: large_objects}


def proof_of(database: Database, level: Level = Level.FULL) -> Proof:
    """Take the whole proof."""
    with held_still(Address.parse(database.url)) as held:
        run = ProofRun(held, read_inventory(held.exporter), level, RecordedProgress(), 2)
        try:
            return run.result()
        finally:
            run.stop()


def inventory_of(database: Database) -> Inventory:
    """List what there is to be proven."""
    with held_still(Address.parse(database.url)) as held:
        return read_inventory(held.exporter)


def restore(archive: Path, database: Database) -> None:
    """Restore an archive into an empty database; any error is the test's."""
    command = ["--exit-on-error", f"--dbname={database.url}", str(archive)]
    _run(database, "pg_restore", *command)


def copy(database: Database, copied: Database, directory: Path) -> None:
    """Dump one database and restore it into another."""
    archive = directory / f"{copied.name}.dump"
    _run(
        database,
        "pg_dump",
        "--format=custom",
        "--compress=0",
        f"--file={archive}",
        f"--dbname={database.url}",
    )
    restore(archive, copied)


def _run(database: Database, program: str, *arguments: str) -> None:
    path = str(database.server.programs / program)
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
