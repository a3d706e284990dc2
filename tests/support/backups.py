"""Backups of a test's database into memory, and their archives restored for real."""

import hashlib
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.verdict import Finding
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.dumping.source import PostgresSource
from scims_backup.engines.postgresql.proving.provable import PostgresDatabase
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.take_backup import TakeBackup
from scims_backup.usecases.stored.proofs import load_proof
from tests.fakes import MemoryCatalog, MemoryVault, RecordedProgress
from tests.support.databases import Database
from tests.support.proving import restore

_numbers = itertools.count(1)
_STARTED = datetime(2026, 11, 22, 2, tzinfo=UTC)


def _clock() -> datetime:
    return _STARTED + timedelta(seconds=next(_numbers))


def _new_id() -> str:
    return f"{next(_numbers):x}"


@dataclass
class Workbench:
    """A source with a catalog and a vault in memory. user: the backup's role."""

    database: Database
    user: str | None = None
    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)
    vault: MemoryVault = field(default_factory=MemoryVault)
    progress: RecordedProgress = field(default_factory=RecordedProgress)

    def take(self, level: Level = Level.FULL, address: Address | None = None) -> Manifest:
        """Take a backup."""
        url = self.database.server.url(self.database.name, self.user)
        taken = TakeBackup(
            source_name="db",
            source=PostgresSource(address or Address.parse(url), self.database.server.programs),
            vault=self.vault,
            catalog=self.catalog,
            events=EventLog("db", self.catalog, _clock, _new_id, self.progress),
            clock=_clock,
            new_id=_new_id,
            progress=self.progress,
        ).run(level)
        assert isinstance(taken, Manifest)
        return taken

    def manifests(self) -> list[str]:
        """List the keys of all manifests."""
        return list(self.catalog.keys("manifests/"))

    def notes(self) -> list[object]:
        """List what the reader was told beside progress, e.g. a retry."""
        return [told for kind, told in self.progress.told if kind == "note"]

    def findings(self, manifest: Manifest, empty: Database, directory: Path) -> list[Finding]:
        """Restore an archive for real and list how it differs from its proof."""
        data = self.vault.stored[manifest.archive.ref][1]
        assert hashlib.sha256(data).hexdigest() == manifest.archive.sha256
        archive = directory / f"{manifest.backup}.dump"
        archive.write_bytes(data)
        restore(archive, empty)
        copied = PostgresDatabase(Address.parse(empty.url))
        expected = load_proof(self.catalog, manifest, ENGINES)
        return list(copied.compare(expected, copied.prove(expected.level, RecordedProgress())).findings)


class Intruder:
    """Runs statements in a session of its own; who is made to wait for a lock waits in the background."""

    def __init__(self, database: Database, statements: str, times: int = 1) -> None:
        self._database, self._statements, self._left = database, statements, times
        self._threads: list[threading.Thread] = []
        self.failures: list[Exception] = []

    def strike(self) -> None:
        """Run the statements unless that was done often enough; return once they are done, or blocked."""
        if self._left == 0:
            return
        self._left -= 1
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        self._threads.append(thread)
        while thread.is_alive() and not self._blocked():
            thread.join(0.02)

    def finish(self) -> None:
        """Wait until everything has run."""
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()

    def _run(self) -> None:
        try:
            with self._database.connect(application_name="intruder") as connection:
                for statement in self._statements.split(";;"):
                    connection.execute(statement.encode())
        except Exception as error:  # noqa: BLE001  # the test looks at them
            self.failures.append(error)

    def _blocked(self) -> bool:
        query = """
            SELECT count(*) FROM pg_stat_activity
             WHERE application_name = 'intruder' AND wait_event_type = 'Lock' AND datname = current_database()
        """
        return bool(self._database.value(query))


def before(function: Callable[..., object], strike: Callable[[], None]) -> Callable[..., object]:
    """Wrap a function so that something else happens just before."""

    def wrapped(*arguments: object, **options: object) -> object:
        strike()
        return function(*arguments, **options)

    return wrapped
