"""docs/runbook.md and docs/troubleshooting.md, typed as they stand, each section in its own situation."""

import os
import re
import subprocess

import pytest

from tests.support.cli import PROGRAM
from tests.support.databases import Database, restic_place
from tests.support.pages import ROOT, sections
from tests.support.scims import load_scims
from tests.support.servers import PostgresServer

RUNBOOK = sections(ROOT / "docs" / "runbook.md", "sh")
TROUBLESHOOTING = sections(ROOT / "docs" / "troubleshooting.md", "sh")
(SETTINGS,) = RUNBOOK["Before you begin"]
STOCKS = "SELECT count(*), sum(quantity) FROM item_stocks"
DOCUMENT = """
catalog = "file://{home}/catalog"
[sources.scims-db]
url = "{url}"
vault = "restic:{home}/vault"
escrow_secret = "file:{home}/escrow"
retention = {{ daily = 7, weekly = 4, monthly = 3 }}
application_role = "scims_app"
"""


class Operator:
    """Somebody who has the pages open, and a deployment of his own."""

    def __init__(self, home, servers):
        self.live, self.new_server = servers
        self.home = home
        self.database = Database(self.live, "scims")
        self.settings = {
            "SCIMS_CONFIG": str(home / "scims.toml"),
            "RESTIC_PASSWORD_FILE": str(home / "password"),
            "LIVE": f"'{self.live.url('scims')}'",
            "NEW_SERVER": f"'{self.new_server.url('scims')}'",
            "ESCROW_FILE": str(home / "escrow"),
            "STACK": "scims-backup",
            "BEFORE": "2026-11-22T02:00:00Z",
        }
        place = restic_place(home)
        place.path.rename(home / "vault")
        place.password_file.rename(home / "password")
        (home / "escrow").write_text("held in escrow\n")
        (home / "scims.toml").write_text(DOCUMENT.format(home=home, url=self.database.url))

    def types(self, block, *, fails=False):
        """Run one block in a shell that minds every exit code."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{self._adapted(SETTINGS)}\n{self._adapted(block)}"],
            cwd=self.home,
            env={
                "PATH": f"{PROGRAM.parent}:{self.live.programs}:{os.environ['PATH']}",
                "HOME": str(self.home),
                "SCIMS_POSTGRESQL_BIN": str(self.live.programs),
                "RESTIC_CACHE_DIR": str(self.home / "cache"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) == fails, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def section(self, title):
        """Type all blocks of a section of the runbook; return what they said."""
        return [self.types(block) for block in RUNBOOK[title]]

    def _adapted(self, text):
        for name, value in self.settings.items():
            text = re.sub(rf"^(export {name})=\S+$", rf"\1={value}", text, flags=re.MULTILINE)
        return text.replace("/var/backups/scims", str(self.home))


@pytest.fixture(scope="module")
def operator(tmp_path_factory):
    with PostgresServer() as live, PostgresServer() as new_server:
        live.create_database("scims")
        load_scims(Database(live, "scims"), users=50)
        operator = Operator(tmp_path_factory.mktemp("runbook"), (live, new_server))
        operator.types("scims-backup backup\nscims-backup drill")
        yield operator


def test_every_section_with_commands_is_typed_here():
    here = "".join(path.read_text() for path in (ROOT / "tests/integration").glob("test_docs_runbook*.py"))
    assert [title for title in RUNBOOK if f'"{title}"' not in here] == []


def test_the_settings_are_those_that_the_page_names(operator):
    assert set(re.findall(r"^export (\w+)=", SETTINGS, re.MULTILINE)) == set(operator.settings)


def test_the_daily_look_finds_nothing_on_a_calm_day(operator):
    listed, examined, *_ = "\n".join(operator.section("The daily check")).partition("ok")
    assert "passed" in listed
    assert "0 problems" in operator.types("scims-backup doctor")
    assert examined


def test_after_a_failed_backup_the_doctor_names_the_cause_and_a_new_one_is_taken(operator):
    operator.database.execute("CREATE ROLE weak LOGIN")
    weak = (operator.home / "scims.toml").read_text().replace("postgres@", "weak@")
    doctor, *_ = RUNBOOK["A failed backup"]
    (operator.home / "weak.toml").write_text(weak)
    assert "may not read" in operator.types(f"SCIMS_CONFIG={operator.home}/weak.toml\n{doctor}")
    before = operator.types("scims-backup list").count("scims-db-")
    operator.section("A failed backup")
    assert operator.types("scims-backup list").count("scims-db-") == before + 1


def test_after_a_failed_drill_the_good_backup_is_held_until_another_is_proven(operator):
    shown, held, *_, unheld = operator.section("A failed drill")
    assert "scims-db-" in shown
    assert "2099-12-31" in held
    assert "is no longer held by an operator" in unheld


def test_a_lost_tables_rows_are_back_and_nothing_else_has_changed(operator):
    before = operator.database.rows(STOCKS)
    operator.database.execute("DELETE FROM item_stocks WHERE quantity > 3")
    assert operator.database.rows(STOCKS) != before
    operator.section("A lost table")
    assert operator.database.rows(STOCKS) == before
    assert operator.database.rows("SELECT nspname FROM pg_namespace WHERE nspname ~ '^restored'") == []


def test_a_lost_database_is_looked_at_restored_swapped_and_the_swap_undone(operator):
    before = operator.database.rows(STOCKS)
    operator.database.execute("TRUNCATE item_stocks")
    *blocks, undo, backup = RUNBOOK["A lost database"]
    said = [operator.types(block) for block in blocks]
    assert "nothing was done" in said[0]
    assert operator.database.rows(STOCKS) == before, "the restored one is live"
    assert "is live again" in operator.types(undo)
    assert operator.database.rows(STOCKS) == [(0, None)], "the one before is live again"
    operator.types(blocks[-1], fails=False)
    assert operator.database.rows(STOCKS) == before
    operator.types(backup)
    assert RUNBOOK["A lost database"] == [*blocks, undo, backup]


def test_a_lost_server_comes_back_on_an_empty_one(operator):
    operator.section("A lost server, or a lost region")
    here = Database(operator.new_server, "scims")
    assert here.rows(STOCKS) == operator.database.rows(STOCKS)
    assert here.value("SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = 'scims_app'")


def test_a_lost_password_is_replaced_by_way_of_the_escrow(operator):
    operator.section("A lost restic password")
    operator.types("RESTIC_PASSWORD_FILE=$PWD/new-password scims-backup verify newest")


def test_in_a_ransom_what_is_good_is_held_and_any_moment_can_be_restored(operator):
    assert "nothing was done" in operator.section("A ransom, or an intruder")[-1]


def test_rpo_and_rto_are_read_from_the_catalog(operator):
    (said,) = operator.section("RPO and RTO")
    assert re.search(r'"minutes": [0-9.]+', said)


def test_the_monthly_restore_leaves_nothing(operator):
    operator.section("The monthly full restore")
    assert operator.database.rows("SELECT datname FROM pg_database WHERE datname ~ 'monthly'") == []


@pytest.mark.parametrize("title", list(TROUBLESHOOTING))
def test_troubleshootings_commands_do_what_they_say(operator, title):
    for block in TROUBLESHOOTING[title]:
        assert operator.types(block)
