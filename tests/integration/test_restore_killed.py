"""A restore that is killed at its steps: the live database stays whole and open, and the next one ends."""

import re
import signal
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from scims_backup.domain.verdict import Verdict
from scims_backup.usecases.restores.around_restore import LONGEST_RESTORE
from scims_backup.usecases.restores.restore_backup import RestoreRequest
from scims_backup.usecases.stored.holds import holds_on, still_holding
from tests.integration.killed_restore import Where, restoring
from tests.mortal import Life
from tests.support.backups import Workbench
from tests.support.databases import Database
from tests.support.killed import runs_of
from tests.support.restores import differences, drop_all_but, names_on, proof_of_all, rename
from tests.support.servers import PostgresServer

FILLED = """
CREATE TABLE items (id int PRIMARY KEY, name text UNIQUE);
INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 500) AS n;
"""
AT = [
    "before put_new holds/",
    "before creating create_database",
    "after creating create_database",
    "after PostgresBuilding write",
    "after Loading finish",
    "after target apply_properties",
    "before swap _commit",  # of the name that the whole database gets
    "after swap _commit",
    "before PostgresDatabase prove",
    "before swap ",
    "in the swap: after swap rename_database",
    "in the swap: before swap _commit",
    "in the swap: after swap _commit",
    "before put_new events/",
]


@pytest.fixture(scope="module")
def server():
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="module")
def live(server):
    server.create_database("live", FILLED)
    return Database(server, "live")


@pytest.fixture(scope="module")
def where(live, tmp_path_factory):
    """Give the place of a backup, since which the live database has gone on."""
    folder, workbench = tmp_path_factory.mktemp("place"), Workbench(live)
    manifest = workbench.take()
    place = Where(str(folder), live.url, str(live.server.programs), str(manifest.backup))
    for key, data in workbench.catalog.objects.items():
        place.catalog().put_new(key, data)
    (folder / "archive").write_bytes(workbench.vault.stored[manifest.archive.ref][1])
    return place


@pytest.fixture(scope="module")
def proofs(live, where):  # noqa: ARG001  the backup comes first
    backed_up = proof_of_all(live)
    live.execute("INSERT INTO items VALUES (-1, 'after the backup')")
    return backed_up, proof_of_all(live)


@pytest.fixture(scope="module")
def run(where):
    """Give what restores, and is killed at a moment."""
    with runs_of("tests.integration.killed_restore", {"TMPDIR": where.folder}) as run:
        yield partial(run, asdict(where))


@pytest.fixture(scope="module")
def moments(run, live, proofs):  # noqa: ARG001
    moments = run().moments
    _as_before(live)
    return moments


def _as_before(live: Database) -> None:
    """Let the first database that was put aside be the live one again, and nothing else be there."""
    aside = [name for name in names_on(live.server) if name.startswith("live_before_")]
    if aside:
        live.server.drop_database("live")
        rename(live.server, min(aside), "live")
    drop_all_but(live.server, "live")


def _number(moments: list[str], at: str) -> int:
    where, _, name = at.rpartition(": ")
    begin = next(n for n, moment in enumerate(moments) if moment.startswith("before swap live_restored"))
    first = begin if where else 0
    name = "before swap live_restored" if name == "before swap " else name
    return next(n for n, moment in enumerate(moments) if n >= first and moment.startswith(name))


def _wait_for_the_end_of_its_sessions(server: PostgresServer) -> None:
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'scims-backup%'"
    while Database(server, "postgres").value(sessions):
        pass


def _left_of_archives(where: Where) -> list[str]:
    return [path.name for path in Path(where.folder).glob("scims-restore-*/*")]


@pytest.fixture(autouse=True)
def _restored_afterwards(live):
    yield
    _as_before(live)


@pytest.mark.slow
@pytest.mark.parametrize("at", AT)
def test_a_restore_that_is_killed_leaves_the_live_database_whole_and_the_next_one_ends_well(
    at, where, run, live, proofs, moments, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", where.folder)
    killed = run(_number(moments, at))
    assert killed.returncode == -signal.SIGKILL, killed.output
    with live.connect() as connection:
        connection.execute("SELECT FROM items LIMIT 1")
    backed_up, gone_on = proofs
    swapped = any(name.startswith("live_before_") for name in names_on(live.server))
    assert swapped is (at in AT[-2:])
    assert differences(backed_up if swapped else gone_on, live) == []

    assert ("head" in _left_of_archives(where)) is (at in AT[3:6])
    _wait_for_the_end_of_its_sessions(live.server)
    next_one = restoring(where, Life(), timedelta(hours=1))
    restored = next_one.run(where.manifest(), RestoreRequest(swap=True))
    assert (restored.report.verdict, restored.swapped) == (Verdict.PASSED, True)
    assert differences(backed_up, live) == []
    assert [name for name in names_on(live.server) if re.search("_restoring_|_restored_", name)] == []
    assert _left_of_archives(where) == []
    assert restored.aside is not None
    assert differences(backed_up if swapped else gone_on, Database(live.server, restored.aside)) == []
    _as_before(live)
    assert differences(gone_on, live) == []


def test_the_hold_of_a_restore_that_was_killed_expires_by_itself(where, run, live, moments):
    catalog, backup = where.catalog(), where.manifest().backup
    for hold in holds_on(catalog, backup):
        catalog.delete(f"holds/{backup.source}/{backup.stamp}/{hold.name}.json")
    run(_number(moments, "after put_new holds/"))
    (hold,) = holds_on(catalog, backup)
    now = datetime.now(UTC)
    assert hold.holder.startswith("restore-")
    assert still_holding([hold], now) == [hold]
    assert still_holding([hold], now + LONGEST_RESTORE + timedelta(seconds=1)) == []
    assert names_on(live.server) == ["live"]
