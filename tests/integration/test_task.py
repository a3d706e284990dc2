"""The drill's task as a process: it leaves a report and nothing else; exit code and log tell the rest."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.verdict import Report, Verdict
from tests.fakes import a_report
from tests.support.cli import Cli
from tests.support.databases import Database, restic_place
from tests.support.scims import load_scims

DRILL = "20261122T030000Z"


class Task:
    """A backup, and tasks that drill it."""

    def __init__(self, directory, server, url):
        place = restic_place(directory)
        self.catalog = FolderCatalog(directory / "catalog")
        self.environment = {
            "SCIMS_SETTINGS": f"""
                catalog = "file://{directory / "catalog"}"
                [sources.scims-db]
                url = "{url}"
                vault = "{place.vault}"
                vault_secret = "file:{place.password_file}"
                application_role = "no_such_role"
                probe = "echo no connection; exit 3"
            """,
            "SCIMS_POSTGRESQL_BIN": str(server.programs),
            "RESTIC_CACHE_DIR": str(directory / "cache"),
        }
        taken = Cli(self.environment).run("backup", "--json")
        assert taken.code == 0, taken.err
        self.backup = BackupId.parse(taken.document["id"])

    def start(self, **variables):
        return subprocess.Popen(
            [sys.executable, "-m", "scims_backup.fargate"],
            env={**os.environ, **self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, drill, backup=None):
        with self.start(SCIMS_BACKUP=str(backup or self.backup), SCIMS_DRILL=drill) as process:
            _, written = process.communicate()
        return process.returncode, [json.loads(line)["message"] for line in written.splitlines()]

    def keys(self, drill):
        return [key.rpartition("/")[2] for key in self.catalog.keys(keys.drill(self.backup, drill))]


@pytest.fixture(scope="module")
def task(server, tmp_path_factory):
    server.create_database("task_scims")
    database = Database(server, "task_scims")
    load_scims(database, users=20)
    yield Task(tmp_path_factory.mktemp("task"), server, database.url)
    server.drop_database("task_scims")


def test_a_task_leaves_its_report_and_nothing_else_and_ends_well_whatever_the_report_says(task):
    code, lines = task.run(DRILL)
    assert code == 0
    assert task.keys(DRILL) == ["report.json"]
    report = Report.from_bytes(task.catalog.get(keys.drill_report(task.backup, DRILL)), "report")
    assert report.verdict is Verdict.FAILED, "the application's role is not there"
    assert [finding.kind for finding in report.findings] == ["probe-failed", "role-cannot-log-in"]
    assert report.findings[0].found == "exit code 3: no connection"
    assert report.ended is not None
    assert lines[0] == f"note: drill {DRILL} of {task.backup} starts"
    assert f"note: drill {DRILL} of {task.backup}: failed" in lines
    assert list(task.catalog.keys("events/")) == [
        key for key in task.catalog.keys("events/") if "Backup" in key
    ]
    assert list(task.catalog.keys("holds/")) == []


def test_a_task_in_an_image_of_another_major_is_inconclusive_and_says_the_cure(task):
    drill = "20261122T060000Z"
    major = {"SCIMS_POSTGRESQL_MAJOR": "16", "SCIMS_IMAGE_POSTGRESQL_MAJOR": "15"}
    with task.start(SCIMS_BACKUP=str(task.backup), SCIMS_DRILL=drill, **major) as process:
        process.communicate()
    report = Report.from_bytes(task.catalog.get(keys.drill_report(task.backup, drill)), "report")
    assert (process.returncode, report.verdict) == (0, Verdict.INCONCLUSIVE)
    assert (
        "the image contains the programs of PostgreSQL 15, but the stack is configured for 16 (build"
        in report.reason
    )


def test_a_task_of_a_backup_that_is_gone_says_so_in_its_last_line(task):
    code, lines = task.run(DRILL, backup="scims-db-20200101T000000Z")
    assert code == 1
    assert lines[-1].startswith("NothingToWorkOnError: there is no backup scims-db-20200101T000000Z")


def test_a_task_that_is_told_nothing_says_what_is_missing(task):
    with task.start() as process:
        _, written = process.communicate()
    assert process.returncode == 1
    assert "SCIMS_BACKUP is not set" in written.splitlines()[-1]


def test_a_task_whose_drill_was_given_up_meanwhile_changes_nothing(task):
    drill = "20261122T040000Z"
    given_up = a_report(Verdict.INCONCLUSIVE).to_bytes()
    task.catalog.put_new(keys.drill_report(task.backup, drill), given_up)
    code, lines = task.run(drill)
    assert code == 1
    assert lines[-1].startswith("KeyTakenError")
    assert task.catalog.get(keys.drill_report(task.backup, drill)) == given_up


def test_a_task_that_is_stopped_leaves_no_report_and_no_hold_and_says_so(task, tmp_path):
    drill, silent = "20261122T050000Z", tmp_path / "password"
    os.mkfifo(silent)  # whoever reads the password waits for ever
    settings = re.sub(
        'vault_secret = ".*"', f'vault_secret = "file:{silent}"', task.environment["SCIMS_SETTINGS"]
    )
    asked = {"SCIMS_BACKUP": str(task.backup), "SCIMS_DRILL": drill, "SCIMS_SETTINGS": settings}
    with task.start(**asked) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        _, written = process.communicate()
    assert "starts" in first
    assert process.returncode == 128 + signal.SIGTERM
    assert "InterruptedOperationError: stopped by SIGTERM" in written.splitlines()[-1]
    assert task.keys(drill) == []
    assert list(task.catalog.keys("holds/")) == []
