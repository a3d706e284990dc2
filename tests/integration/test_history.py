"""What the commands leave in the history, and what a night is told beside the history."""

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult
from scims_backup.usecases.stored.history import read_history, record_run
from tests.fakes import RecordedProgress
from tests.support import cli_schemas
from tests.support.earlier_nights import put_earlier_nights
from tests.support.sqlite_files import change, cli_with_sqlite, fill, settings

DAY = timedelta(days=1)
MANY = 5000


@pytest.fixture
def folder(tmp_path):
    live = fill(tmp_path / "live")
    numbers = (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY}) SELECT i FROM n"
    )
    change(live / "items.db", f"CREATE TABLE many AS {numbers}")
    return live


@pytest.fixture
def environment(tmp_path, folder):
    return settings(tmp_path, folder)


@pytest.fixture
def cli(environment):
    return cli_with_sqlite(environment)


@pytest.fixture
def catalog(tmp_path):
    return FolderCatalog(tmp_path / "catalog")


def done(cli, command, *arguments, code=0):
    ended = cli.run(command, *arguments, "--json")
    assert ended.code == code, ended.out + ended.err
    if code == 0:
        cli_schemas.check(command, ended.document)
    return ended.document


def runs(catalog, source):
    history = read_history(catalog, source, datetime.now(UTC) - DAY, datetime.now(UTC) + DAY)
    assert history.problems == ()
    return history.records


def test_each_command_leaves_its_record(cli, catalog):
    backup = done(cli, "backup")
    done(cli, "drill")
    done(cli, "restore")
    done(cli, "prune")
    left = runs(catalog, backup["source"])
    assert len(left) == len(RunKind)
    found = {
        one.kind: one for one in left
    }  # a drill that began within the backup's second is sorted before it
    taken, drilled, restored, pruned = (found[kind] for kind in RunKind)
    assert (taken.backup, taken.bytes, taken.stored_bytes) == (
        backup["id"],
        backup["bytes"],
        backup["stored_bytes"],
    )
    assert (taken.unit, taken.namespace, taken.counts.keys()) == ("row", "file", {"items.db", "users.db"})
    assert (drilled.result, drilled.seconds.keys()) == (RunResult.PASSED, {"start", "restore", "prove"})
    assert (restored.result, pruned.result) == (RunResult.COMPLETED, RunResult.COMPLETED)


def test_a_backup_that_fails_leaves_why(cli, catalog, folder):
    source = done(cli, "backup")["source"]
    (folder / "items.db").write_bytes(b"no database, and longer than a header" * 100)
    done(cli, "backup", code=1)
    failed = runs(catalog, source)[-1]
    assert (failed.kind, failed.result) == (RunKind.BACKUP, RunResult.FAILED)
    assert "items.db" in failed.reason


def test_rows_that_are_lost_after_two_weeks_are_told_and_the_backup_before_is_held(cli, catalog, folder):
    first = done(cli, "backup")
    put_earlier_nights(catalog, first["source"])
    change(folder / "items.db", "DELETE FROM many")
    second = done(cli, "backup")
    assert any(f"{second['id']} lost rows: items.db" in one for one in second["anomalies"]), second
    (held,) = [one for one in done(cli, "list") if one["holds"]]
    assert held["id"] == first["id"]
    assert "lost-rows" in str(held["holds"])
    assert done(cli, "prune")["removed"] == []


def test_a_damaged_record_stops_no_backup_and_is_named(cli, catalog, tmp_path):
    source = done(cli, "backup")["source"]
    (night,) = runs(catalog, source)
    damaged = RunRecord(RunKind.BACKUP, source, None, night.began - DAY, night.began, RunResult.COMPLETED)
    stamp = f"{damaged.began:%Y%m%dT%H%M%SZ}"
    record_run(catalog, damaged, stamp, RecordedProgress())
    (path,) = (tmp_path / "catalog" / "history").rglob(f"*-backup-{stamp}.json")
    path.write_bytes(b"{")
    assert any(stamp in one and "damaged" in one for one in done(cli, "backup")["anomalies"])
