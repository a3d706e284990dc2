"""Restores for tests: through the installed program, or in memory with a real target."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import sql

from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.proving.provable import PostgresDatabase
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.engines.postgresql.targets.target import PostgresTarget
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.restores.restore_backup import RestoreBackup
from tests.fakes import RecordedProgress
from tests.support.backups import Workbench
from tests.support.cli import Cli, Ended
from tests.support.databases import Database, deployment_of
from tests.support.servers import PostgresServer


def proof_of_all(database: Database) -> Proof:
    """Prove a database with the product's own proof."""
    return PostgresDatabase(Address.parse(database.url)).prove(Level.FULL, RecordedProgress())


def differences(expected: Proof, database: Database) -> list[Any]:
    """List how a database differs from a proof."""
    found = PostgresDatabase(Address.parse(database.url))
    return list(found.compare(expected, found.prove(expected.level, RecordedProgress())).findings)


def names_on(server: PostgresServer) -> list[str]:
    """List the databases that are not the server's own."""
    with server.connect() as connection:
        rows = connection.execute("SELECT datname FROM pg_database ORDER BY 1").fetchall()
    return [name for (name,) in rows if name not in ("postgres", "template0", "template1")]


def rename(server: PostgresServer, old: str, new: str) -> None:
    """Rename a database."""
    names = (sql.Identifier(old), sql.Identifier(new))
    with server.connect() as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))


def drop_all_but(server: PostgresServer, *kept: str) -> None:
    """Drop the databases that a test made, with the connections to them."""
    for name in names_on(server):
        if name not in kept:
            server.drop_database(name)


@dataclass(frozen=True)
class Shop:
    """A live database, and the program with a catalog and a vault of it."""

    database: Database
    cli: Cli

    def restore(self, *arguments: str, to: str | None = None, **environment: str) -> Ended:
        """Restore with JSON as the answer; to: the target's URL, if it is another than the source's."""
        target = ["--target-url", to] if to else []
        return self.cli.run("restore", "--json", *target, *arguments, **environment)

    def swap(self, *arguments: str) -> Ended:
        """Restore and swap."""
        return self.restore("--swap", "--confirm", self.database.name, *arguments)

    def undo(self) -> Ended:
        """Undo."""
        return self.cli.run("restore", "--json", "--undo", "--confirm", self.database.name)


def shop_of(database: Database, directory: Path, settings: Mapping[str, str] | None = None) -> Shop:
    """Make ready to back a database up by the program."""
    environment = {**deployment_of(database, directory, source="shop"), **(settings or {})}
    return Shop(database, Cli(environment))


class Restoring:
    """Restores of one backup in memory to a real server.

    live: the database that may be replaced. The clock stands still, but for a second with each look at it.
    """

    def __init__(self, workbench: Workbench, live: Database, programs: Path | None = None) -> None:
        self.workbench, self.live, self.programs = workbench, live, programs
        self.manifest = workbench.take()
        self.progress = RecordedProgress()
        self._seconds = 0

    def clock(self) -> datetime:
        """Return the next second."""
        self._seconds += 1
        return datetime(2026, 11, 24, 3, self._seconds // 60, self._seconds % 60, tzinfo=UTC)

    def new_id(self) -> str:
        """Return an id that no object of the catalog has yet."""
        return f"{len(self.workbench.catalog.objects):x}"

    @property
    def events(self) -> EventLog:
        """The log that restores and prunes record in."""
        return EventLog("db", self.workbench.catalog, self.clock, self.new_id, self.progress)

    def restoring(self, address: Address | None = None, **replaced: Any) -> RestoreBackup:
        """Another restore. replaced: parts of it."""
        at = address or Address.parse(self.live.url)
        made = RestoreBackup(
            vault=self.workbench.vault,
            catalog=self.workbench.catalog,
            engines=ENGINES,
            target=PostgresTarget(at, self.programs or self.live.server.programs, jobs=2),
            events=self.events,
            clock=self.clock,
            timer=lambda: 0.0,
            new_id=self.new_id,
            progress=self.progress,
        )
        return replace(made, **replaced)

    def notes(self) -> str:
        """Return what was told beside progress."""
        return "\n".join(str(told) for kind, told in self.progress.told if kind == "note")

    def held(self) -> list[str]:
        """List the holds that are there."""
        return list(self.workbench.catalog.keys("holds/"))

    def at_work(self) -> list[str]:
        """List the databases that are being restored, or were."""
        return [name for name in names_on(self.live.server) if re.search(r"_restoring_[0-9a-f]{8}$", name)]
