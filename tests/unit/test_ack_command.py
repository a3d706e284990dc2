"""`scims-backup ack` on a catalog in a folder: what it lists, what it silences, and what it refuses."""

from datetime import UTC, datetime

import pytest

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.domain.events import Kind
from tests.support import cli_schemas
from tests.support.alerting import Watched
from tests.support.cli import Cli

NIGHT = datetime(2026, 11, 22, 2, tzinfo=UTC)


@pytest.fixture
def watched(tmp_path):
    return Watched(NIGHT, FolderCatalog(tmp_path / "catalog"))


@pytest.fixture
def cli(tmp_path):
    (tmp_path / "catalog").mkdir()
    return Cli({"SCIMS_SOURCE": "scims-db", "SCIMS_CATALOG": f"file://{tmp_path}/catalog", "LOGNAME": "anna"})


def answered(cli, *arguments):
    ended = cli.run("ack", *arguments, "--json")
    assert ended.code == 0, ended.err
    cli_schemas.check("ack", ended.document)
    return ended.document["conditions"]


def test_where_nothing_is_wrong_nothing_is_listed(cli):
    assert answered(cli) == []
    assert cli.run("ack").out == "nothing is open\n"


def test_what_is_open_is_listed_with_its_events_and_the_command_that_silences_it(cli, watched):
    watched.happens(Kind.BACKUP_FAILED)
    watched.happens(Kind.BACKUP_OVERDUE)
    (condition,) = answered(cli)
    assert condition["condition"] == "no-new-backup"
    assert condition["kinds"] == ["BackupFailed", "BackupOverdue"]
    assert len(condition["events"]) == 2
    assert condition["acknowledged"] is None
    assert cli.run("ack").out == (
        "no-new-backup of scims-db since 2026-11-22 02:00:00 UTC\n"
        "  error, 2 events, last BackupOverdue 2026-11-22 02:00:00 UTC\n"
        "  reminded daily; to silence: scims-backup ack no-new-backup --source scims-db\n"
    )


def test_an_acknowledged_condition_says_by_whom_and_a_second_time_changes_nothing(cli, watched):
    watched.happens(Kind.DRILL_FAILED)
    first = answered(cli, "not-proven")
    assert first[0]["acknowledged"]["by"] == "anna"
    assert answered(cli, "not-proven") == first == answered(cli)
    assert "acknowledged by anna at " in cli.run("ack").out


def test_what_is_not_open_is_refused_with_the_command_that_lists(cli):
    ended = cli.run("ack", "not-proven")
    assert ended.code == 5
    assert "not-proven is not open for source scims-db" in ended.err
    assert "scims-backup ack" in ended.err


def test_a_word_that_is_no_condition_is_refused_with_those_there_are(cli):
    ended = cli.run("ack", "moon-full")
    assert ended.code == 2
    assert "no-new-backup" in ended.err
