"""Whatever goes wrong with a restore: the live database is as it was, and the next call works."""

import hashlib
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from scims_backup.domain.errors import (
    ArchiveDamagedError,
    InterruptedOperationError,
    NothingToWorkOnError,
    OperationFailedError,
    SwapRefusedError,
    SwapUnknownError,
    TargetError,
)
from scims_backup.domain.retention import Policy
from scims_backup.domain.verdict import Verdict
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.usecases.restores.restore_backup import RestoreRequest
from scims_backup.usecases.retention.prune_backups import PruneBackups
from tests.support.backups import Workbench
from tests.support.cut_network import way_to
from tests.support.databases import Database
from tests.support.restores import Restoring, differences, drop_all_but, names_on, proof_of_all, rename
from tests.support.servers import PostgresServer

creating: Any = import_module("scims_backup.engines.postgresql.targets.creating")
swap: Any = import_module("scims_backup.engines.postgresql.targets.swap")

PASSWORD = "correct horse"
FILLED = """
CREATE ROLE holder; CREATE ROLE app LOGIN;
CREATE EXTENSION citext;
CREATE TABLE items (id int PRIMARY KEY, name citext UNIQUE);
INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 900) AS n;
ALTER TABLE items OWNER TO holder;
"""
SWAP = RestoreRequest(swap=True)


@pytest.fixture(scope="module")
def server():
    with PostgresServer(password=PASSWORD, settings={"max_prepared_transactions": "5"}) as server:
        yield server


@pytest.fixture(scope="module")
def backup(server):
    """Give a backup of the live database, which has gone on since."""
    server.create_database("live", FILLED)
    live = Database(server, "live")
    made = GoneOn(Workbench(live), live)
    made.backed_up = proof_of_all(live)
    live.execute("INSERT INTO items VALUES (-1, 'after the backup')")
    made.gone_on = proof_of_all(live)
    return made


class GoneOn(Restoring):
    """Restores of a backup since which the live database has gone on: what it held then, and holds now."""

    backed_up: Proof
    gone_on: Proof


@pytest.fixture
def made(server, backup, afterwards):
    """Give the restore; at the end the live database must be as before, and the next call must work."""
    backup.progress.told.clear()
    before = dict(backup.workbench.vault.stored), dict(backup.workbench.catalog.objects)
    afterwards(lambda: _nothing_has_changed_and_the_next_call_works(server, backup, before))
    yield backup
    backup.workbench.vault.stored, backup.workbench.catalog.objects = before
    drop_all_but(server, "live")


def _nothing_has_changed_and_the_next_call_works(server, backup, before):
    assert backup.held() == []
    backup.workbench.vault.stored, backup.workbench.catalog.objects = map(dict, before)
    assert differences(backup.gone_on, backup.live) == []
    _wait_for_the_end_of_sessions(server)
    swapped = backup.restoring().run(backup.manifest, SWAP)
    server.drop_database("live")
    rename(server, swapped.aside, "live")
    assert (swapped.report.verdict, swapped.swapped) == (Verdict.PASSED, True)
    assert backup.at_work() == []


def _wait_for_the_end_of_sessions(server):
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name ~ '^(scims-backup|pg_restore)'"
    while Database(server, "postgres").value(sessions):
        pass


class Told:
    """A Progress that lets something happen, once, when a phase begins or a note begins so."""

    def __init__(self, progress, word, happens):
        self._progress, self._word, self._happens = progress, word, happens
        self.happened = False

    def phase(self, name, total_bytes=0, total_rows=0):
        self._progress.phase(name, total_bytes, total_rows)
        self._look(f"phase {name}")

    def note(self, message):
        self._progress.note(message)
        self._look(message)

    def bytes(self, count):
        self._progress.bytes(count)
        self._look("bytes")

    def rows(self, table, count):
        self._progress.rows(table, count)

    def _look(self, what):
        if what.startswith(self._word) and not self.happened:
            self.happened = True
            self._happens()


def _interrupt():
    raise InterruptedOperationError("stopped by SIGTERM", "run it again")


PHASES = ["phase restore", "bytes", "building", "gathering", "phase prove", "phase swap"]


def test_a_restore_that_is_interrupted_in_any_phase_leaves_nothing_half_made(made):
    for phase in PHASES:
        told = Told(made.progress, phase, _interrupt)
        with pytest.raises(InterruptedOperationError):
            made.restoring(progress=told).run(made.manifest, SWAP)
        whole = [name for name in names_on(made.live.server) if name.startswith("live_restored_")]
        assert (made.at_work(), len(whole)) == ([], phase in ("phase prove", "phase swap")), phase
        assert differences(made.gone_on, made.live) == []
        if phase == "phase prove":
            drop_all_but(made.live.server, "live")


def test_an_interruption_while_the_database_is_created_leaves_none(made, monkeypatch):
    def begun(_server, connection, name, _like):
        connection.pgconn.send_query(f"CREATE DATABASE {name}".encode())
        _interrupt()

    monkeypatch.setattr(creating, "create_database", begun)
    with pytest.raises(InterruptedOperationError):
        made.restoring().run(made.manifest, SWAP)
    monkeypatch.undo()
    assert made.at_work() == []
    assert "is left for the next restore" not in made.notes()


def test_a_network_that_is_cut_in_any_phase_is_told_by_name(made, server):
    with way_to(server.port) as way:
        address = Address.parse(f"postgresql://postgres@127.0.0.1:{way.port}/live", PASSWORD)
        for phase in PHASES:
            told = Told(made.progress, phase, way.cut)
            with pytest.raises(OperationFailedError, match=r"connect|closed|terminat") as failure:
                made.restoring(address, progress=told).run(made.manifest, SWAP)
            assert told.happened, phase
            assert failure.value.cure, phase
            assert PASSWORD not in str(failure.value) + made.notes()
            assert differences(made.gone_on, made.live) == []
            way.mend()
            _wait_for_the_end_of_sessions(server)
            if phase == "phase prove":
                drop_all_but(server, "live")


def test_a_commit_whose_answer_is_lost_is_looked_after(made, monkeypatch):
    def lost_after(commit):
        commit()
        raise psycopg.OperationalError("the connection is lost")

    restored = made.restoring().run(made.manifest, RestoreRequest())
    monkeypatch.setattr(swap, "uninterrupted", lost_after)
    swapped = made.restoring().run(made.manifest, SWAP)
    monkeypatch.undo()
    assert (swapped.swapped, restored.database in names_on(made.live.server)) == (True, False)
    assert differences(made.backed_up, made.live) == []
    made.live.server.drop_database("live")
    rename(made.live.server, swapped.aside, "live")


def test_a_commit_that_did_not_arrive_is_refused(made, monkeypatch):
    def lost_before(_commit):
        raise psycopg.OperationalError("the connection is lost")

    made.restoring().run(made.manifest, RestoreRequest())
    monkeypatch.setattr(swap, "uninterrupted", lost_before)
    with pytest.raises(SwapRefusedError, match="is restored and proven, but was not swapped in"):
        made.restoring().run(made.manifest, SWAP)


def test_an_answer_that_is_lost_with_its_server_is_said_to_be_unknown(made, server, monkeypatch):
    def cut_off(commit):
        way.cut()
        commit()

    made.restoring().run(made.manifest, RestoreRequest())
    with way_to(server.port) as way:
        monkeypatch.setattr(swap, "uninterrupted", cut_off)
        address = Address.parse(f"postgresql://postgres@127.0.0.1:{way.port}/live", PASSWORD)
        with pytest.raises(SwapUnknownError, match="it is unknown whether they were") as unknown:
            made.restoring(address).run(made.manifest, SWAP)
    assert "if live_restored_" in unknown.value.cure


def test_a_signal_during_the_commit_says_that_it_came_too_late(made, monkeypatch):
    def late(commit):
        assert "end-connections" not in {thread.name for thread in threading.enumerate()}
        commit()
        _interrupt()

    made.restoring().run(made.manifest, RestoreRequest())
    monkeypatch.setattr(swap, "uninterrupted", late)
    with pytest.raises(
        InterruptedOperationError, match="too late: databases have been renamed: live is "
    ) as said:
        made.restoring().run(made.manifest, SWAP)
    assert "run it again" not in str(said.value)
    (aside,) = [name for name in names_on(made.live.server) if "_before_" in name]
    made.live.server.drop_database("live")
    rename(made.live.server, aside, "live")


def test_a_server_that_dies_meanwhile_comes_back_with_the_live_database_as_it_was(made, server):
    told = Told(made.progress, "building", lambda: server.stop("immediate"))
    with pytest.raises(TargetError, match=r"connect|closed|terminat"):
        made.restoring(progress=told).run(made.manifest, SWAP)
    assert "is left for the next restore to drop" in made.notes()
    server.start_again()
    assert len(made.at_work()) == 1


def test_a_maintenance_session_that_is_ended_does_not_cost_the_restore(made, server):
    end = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'scims-backup restore' AND datname = 'postgres'
    """
    told = Told(made.progress, "building", lambda: server.execute(end))
    restored = made.restoring(progress=told).run(made.manifest, RestoreRequest())
    assert restored.report.verdict is Verdict.PASSED
    assert made.at_work() == []


def test_a_restore_at_work_is_not_taken_for_one_that_died(made):
    def another():
        assert len(made.at_work()) == 1
        made.restoring().run(made.manifest, RestoreRequest("another"))
        assert len(made.at_work()) == 1

    told = Told(made.progress, "building", another)
    assert made.restoring(progress=told).run(made.manifest, RestoreRequest()).report.verdict is Verdict.PASSED
    assert told.happened
    assert made.at_work() == []


# --- the target -----------------------------------------------------------------------------------


def test_a_name_that_is_taken_meanwhile_is_told_and_what_was_made_is_dropped(made, server):
    told = Told(made.progress, "gathering", lambda: server.create_database("taken"))
    with pytest.raises(TargetError, match=r'database "taken" already exists') as refused:
        made.restoring(progress=told).run(made.manifest, RestoreRequest("taken"))
    assert "rename or drop that database" in refused.value.cure
    assert made.at_work() == []


def test_nobody_at_the_target_is_told_before_anything_is_done(made):
    with pytest.raises(TargetError, match=r"connecting to .*refused"):
        made.restoring(Address.parse("postgresql://postgres@127.0.0.1:1/live")).run(made.manifest, SWAP)


def test_a_role_with_other_rights_stays_as_it_is_and_is_told(made, server):
    server.execute("ALTER ROLE holder CREATEDB")
    try:
        restored = made.restoring().run(made.manifest, SWAP)
        told = {one.object: one.reason for one in restored.report.not_checked}
        assert restored.swapped
        assert "left as it is" in told["role holder"]
        assert Database(server, "postgres").value("SELECT rolcreatedb FROM pg_roles WHERE rolname = 'holder'")
    finally:
        server.execute("ALTER ROLE holder NOCREATEDB")
    server.drop_database("live")
    rename(server, restored.aside, "live")


def test_an_extension_that_the_target_lacks_is_told_with_what_to_install(made):
    other = _archive_changed(made, b"EXTENSION IF NOT EXISTS citext", b"EXTENSION IF NOT EXISTS nowher")
    with pytest.raises(TargetError, match=r'extension "nowher" is not available') as refused:
        made.restoring().run(other, SWAP)
    assert "on the target server's machine" in refused.value.cure
    assert made.at_work() == []


FULL = "could not extend file: No space left on device"
"""What pg_restore passes on where the disk is full: to make a small one wants rights that CI lacks."""


@pytest.mark.parametrize("section", ["--section=data", "--section=post-data"])
def test_a_full_disk_is_told_with_what_to_do(section, made, server, tmp_path):
    real = server.programs / "pg_restore"
    for program in ("pg_dump", "pg_restore"):
        (tmp_path / program).symlink_to(server.programs / program)
    (tmp_path / "pg_restore").unlink()
    (tmp_path / "pg_restore").write_text(
        f"""#!/bin/sh
case "$*" in *{section}*)
    head -c 1000 >/dev/null
    echo 'pg_restore: error: COPY failed for table "items": ERROR:  {FULL}' >&2; exit 1;;
esac
exec {real} "$@"
"""
    )
    (tmp_path / "pg_restore").chmod(0o755)
    restoring = Restoring.__new__(Restoring)
    restoring.__dict__.update(made.__dict__, programs=tmp_path)
    with pytest.raises(TargetError, match="No space left on device") as full:
        restoring.restoring().run(made.manifest, SWAP)
    assert "make room" in full.value.cure
    assert made.at_work() == []


# --- the swap -------------------------------------------------------------------------------------


def test_an_aside_name_that_is_taken_refuses_the_swap(made, server):
    clock = made.clock()
    name = f"live_before_{clock:%Y%m%dt%H%M%Sz}"
    server.create_database(name)
    with pytest.raises(SwapRefusedError, match=f'database "{name}" already exists') as refused:
        made.restoring(clock=lambda: clock).run(made.manifest, SWAP)
    assert "rename or drop that database" in refused.value.cure
    server.drop_database(name)


def test_a_rename_that_is_refused_half_way_is_undone(made, server):
    restored = made.restoring().run(made.manifest, RestoreRequest())
    with server.connect(restored.database) as connection:
        connection.execute("BEGIN; SELECT txid_current(); PREPARE TRANSACTION 'half'")
    with pytest.raises(SwapRefusedError, match=r"prepared transactions: half") as refused:
        made.restoring().run(made.manifest, SWAP)
    assert "ROLLBACK PREPARED" in refused.value.cure
    assert sorted(names_on(server)) == ["live", restored.database]
    server.execute("ROLLBACK PREPARED 'half'", restored.database)


def test_a_client_that_may_not_be_ended_refuses_the_swap_and_is_named(made, server):
    server.execute(
        "CREATE ROLE member LOGIN CREATEDB; GRANT holder TO member; ALTER DATABASE live OWNER TO member"
    )
    made.live.execute("SELECT 1")
    restored = made.restoring().run(made.manifest, RestoreRequest())
    server.execute(f"ALTER DATABASE {restored.database} OWNER TO member")
    target = replace(
        made.restoring(), target=made.restoring(Address.parse(server.url("live", "member"))).target
    )
    try:
        with server.connect("live", application_name="kept open"), pytest.raises(SwapRefusedError) as refused:
            target.target.swap(restored.database, datetime(2026, 11, 24, tzinfo=UTC))
        assert "connections could not be ended" in refused.value.message
        assert "postgres (kept open)" in refused.value.message
    finally:
        server.execute("ALTER DATABASE live OWNER TO postgres")
        server.drop_database(restored.database)
        server.execute("DROP OWNED BY member; DROP ROLE member")


# --- the backup -----------------------------------------------------------------------------------


def test_a_damaged_archive_is_called_so_wherever_it_is_damaged(made):
    backup, data = made.workbench.vault.stored[made.manifest.archive.ref]
    for part in (0.02, 0.3, 0.8, 0.999):
        at = int(len(data) * part)
        for damaged in (data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], data[:at]):
            made.workbench.vault.stored[made.manifest.archive.ref] = (backup, damaged)
            with pytest.raises(ArchiveDamagedError, match="its bytes differ from those that were dumped"):
                made.restoring().run(made.manifest, SWAP)
            assert names_on(made.live.server) == ["live"]


def test_a_backup_cannot_be_pruned_while_it_is_restored(made):
    newer = made.workbench.take()
    pruned = []
    prune = PruneBackups(
        source="db",
        vault=made.workbench.vault,
        catalog=made.workbench.catalog,
        events=made.events,
        clock=made.clock,
        new_id=lambda: os.urandom(4).hex(),
        progress=made.progress,
        longest=timedelta(hours=24),
    )
    told = Told(made.progress, "bytes", lambda: pruned.append(prune.run(Policy(last=1), made.clock())))
    restored = made.restoring(progress=told).run(made.manifest, RestoreRequest())
    assert restored.report.verdict is Verdict.PASSED
    (gone,) = pruned
    assert list(gone.removed) == []
    prune.run(Policy(last=1), made.clock())
    assert made.workbench.manifests() == [f"manifests/db/{newer.backup.stamp}.json"]
    with pytest.raises(NothingToWorkOnError, match="there is no backup"):
        made.restoring().run(made.manifest, RestoreRequest())


def _archive_changed(made, old, new):
    """A backup whose archive was otherwise from the start."""
    backup, data = made.workbench.vault.stored[made.manifest.archive.ref]
    changed = data.replace(old, new)
    assert changed != data
    made.workbench.vault.stored[made.manifest.archive.ref] = (backup, changed)
    archive = replace(made.manifest.archive, sha256=hashlib.sha256(changed).hexdigest())
    return replace(made.manifest, archive=archive)


def test_where_the_archive_has_no_room_tables_are_loaded_one_after_the_other(made, monkeypatch):
    full = SimpleNamespace(free=0)
    monkeypatch.setattr("scims_backup.engines.postgresql.targets.spool.shutil.disk_usage", lambda _: full)
    monkeypatch.setattr("scims_backup.engines.postgresql.targets.loading.Spool", None)
    restored = made.restoring().run(made.manifest, RestoreRequest())
    assert restored.report.verdict is Verdict.PASSED
    assert "has no space for the archive" in made.notes()
    made.live.server.drop_database(restored.database)
