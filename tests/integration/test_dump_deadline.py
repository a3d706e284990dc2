"""A real dump whose time is up while it waits: it ends at once, leaves nothing, and a task takes it."""

import os
import signal
import threading
from datetime import UTC, datetime, timedelta

from scims_backup.bootstrap.clock_and_ids import new_id
from scims_backup.domain.backup import BackupId
from scims_backup.domain.dump_time import Where
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Manifest
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.dumping.source import PostgresSource
from scims_backup.runtime.signals import alarm
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.claims import Repeated, Repetition
from scims_backup.usecases.backups.hand_over import Window
from scims_backup.usecases.backups.take_backup import TakeBackup
from tests.fakes import MemoryCatalog, MemoryVault, RecordedProgress

SCHEDULED = datetime(2026, 11, 22, 2, tzinfo=UTC)
BACKUP = BackupId("db", "20261122T020000Z")
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def taking(database, catalog, vault, window=None, where=None):
    clock = lambda: SCHEDULED  # noqa: E731  time stands still: only the signal ends the dump
    progress = RecordedProgress()
    return TakeBackup(
        source_name="db",
        source=PostgresSource(Address.parse(database.url), database.server.programs),
        vault=vault,
        catalog=catalog,
        events=EventLog("db", catalog, clock, new_id, progress),
        clock=clock,
        new_id=new_id,
        progress=progress,
        window=window,
        where=where,
    )


def ring_once_it_waits(database):
    """Let the time be up as soon as the dump waits for the lock."""

    def ring():
        while not database.value(WAITING):
            pass
        os.kill(os.getpid(), signal.SIGALRM)

    threading.Thread(target=ring, daemon=True).start()


def test_a_dump_that_waits_for_a_lock_when_its_time_is_up_is_handed_over_and_taken_once(database):
    catalog, vault = MemoryCatalog(), MemoryVault()
    database.execute("CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items VALUES (1), (2)")
    window = Window(SCHEDULED + timedelta(hours=1), alarm)
    with database.connect() as connection, connection.transaction():
        connection.execute("LOCK TABLE items IN ACCESS EXCLUSIVE MODE")
        ring_once_it_waits(database)
        ended = taking(database, catalog, vault, window, Where.FUNCTION).run(Level.FULL, SCHEDULED)
    assert ended == Repeated(BACKUP, Repetition.HANDED_OVER)
    assert database.value(OTHERS) == 0, "nothing of it is connected any more"
    assert (dict(vault.stored), list(catalog.keys("manifests/"))) == ({}, [])
    assert list(catalog.keys("runs/")) == [f"runs/db/{BACKUP.stamp}/task-asked.json"]

    taken = taking(database, catalog, vault, where=Where.TASK).take(Level.FULL, BACKUP)
    assert isinstance(taken, Manifest)
    assert (taken.backup, len(vault.stored)) == (BACKUP, 1)
