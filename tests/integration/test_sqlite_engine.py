"""An engine that only the tests have, through the real command line: what a further kind of source gets."""

import os
import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from tests.engines.sqlite.source import deliver
from tests.integration.test_before_engines import PROVEN, unpacked
from tests.support import cli_schemas
from tests.support.cli import Program
from tests.support.sqlite_files import (
    ITEMS,
    USERS,
    change,
    cli_with_sqlite,
    fill,
    program_with_sqlite,
    settings,
)

_NO_PROCESS = 1 << 30
"""Linux gives no process so high a number."""
ROWS = ITEMS + USERS + 3
EXPECTATIONS = """
- {name: items are there, query: SELECT count(*) FROM items.items, condition: '>= 30'}
- {name: nobody is nameless, query: SELECT count(*) FROM users.users WHERE name = '', expected: 0}
"""


def _done(cli, command, *arguments, code=0):
    ended = cli.run(command, *arguments, "--json")
    assert ended.code == code, ended.out + ended.err
    cli_schemas.check(command if code != 2 else "error", ended.document)
    return ended.document


def _contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("sqlite")


@pytest.fixture(scope="module")
def folder(home):
    return fill(home / "live")


@pytest.fixture(scope="module")
def environment(home, folder):
    return settings(home, folder)


@pytest.fixture(scope="module")
def program(environment):
    return program_with_sqlite(environment)


@pytest.fixture(scope="module")
def cli(environment):
    return cli_with_sqlite(environment)


@pytest.fixture(scope="module")
def backup(program):
    return _done(program, "backup", "--label", "git_commit=4b825dc")


@pytest.fixture(scope="module")
def drilled(program, backup, tmp_path_factory):
    expect = tmp_path_factory.mktemp("expect") / "expect.yaml"
    expect.write_text(EXPECTATIONS)
    probe = 'test -f "${DATABASE_URL#sqlite://}/items.db"'
    return _done(program, "drill", backup["id"], "--expect", str(expect), "--probe", probe)


def test_a_backup_is_listed_and_shown_with_what_its_engine_says(cli, backup):
    (listed,) = _done(cli, "list")
    assert (listed["id"], listed["verdict"]) == (backup["id"], None)
    shown = cli.run("show").out
    assert "files items.db, users.db, version 3." in shown
    assert "git_commit 4b825dc" in shown


def test_a_drill_restores_and_proves_it_and_asks_expectations_and_probe(drilled):
    assert (drilled["verdict"], drilled["findings"], drilled["not_checked"]) == ("passed", [], [])
    assert drilled["compared"] == {"files": 2, "tables": 3, "rows": ROWS, "expectations": 2, "probes": 1}
    assert list(drilled["seconds"]) == ["start", "restore", "prove"]


def test_a_drill_removes_what_a_killed_one_left_and_nothing_else(cli, backup, tmp_path):
    (tmp_path / f"scims-sqlite-{_NO_PROCESS}-left" / "live").mkdir(parents=True)
    others = [tmp_path / f"scims-sqlite-{os.getpid()}-at-work", tmp_path / "scims-sqlite-notes"]
    for other in others:
        other.mkdir()
    assert cli.run("drill", backup["id"], SCIMS_SANDBOX_DIR=str(tmp_path)).code == 0
    assert sorted(tmp_path.iterdir()) == sorted(others)


def test_progress_counts_what_it_restored_and_proved(program, backup):
    lines = program.run("drill", backup["id"]).err
    assert f"{ROWS} rows" in lines.split("restore:")[2]
    assert f"{ROWS} rows" in lines.split("prove:")[2]


def test_an_unmet_expectation_is_a_finding(cli, backup, folder, tmp_path):
    expect = tmp_path / "expect.yaml"
    expect.write_text("- {name: nothing, query: SELECT count(*) FROM items.items, expected: 0}")
    options = ("--target-url", f"sqlite://{folder}", "--expect", str(expect))
    (finding,) = _done(cli, "compare", backup["id"], *options, code=3)["findings"]
    assert (finding["kind"], finding["object"], finding["found"]) == (
        "expectation-not-met",
        "expectation nothing",
        str(ITEMS),
    )


LOSSES = {
    "a row": ("items.db", "DELETE FROM items WHERE id = 7", "table items.db/items: .*rows-differ"),
    "a value": (
        "users.db",
        "UPDATE users SET note = 'x' WHERE name = 'user 3'",
        "table users.db/users: .*content-differs",
    ),
    "a table": ("items.db", "DROP TABLE items", "table items.db/items: .*table-missing"),
    "a file": ("users.db", None, "file users.db: .*file-missing"),
    "what a key refers to": (
        "items.db",
        "UPDATE items SET kind = 99 WHERE id = 4",
        "file items.db: .*foreign-key-check",
    ),
}


@pytest.mark.parametrize(("file", "statement", "said"), LOSSES.values(), ids=LOSSES.keys())
def test_compare_finds_a_planted_loss(cli, backup, folder, tmp_path, file, statement, said):
    damaged = shutil.copytree(folder, tmp_path / "damaged")
    if statement:
        change(damaged / file, statement)
    else:
        (damaged / file).unlink()
    target = ("--target-url", f"sqlite://{damaged}")
    ended = cli.run("compare", backup["id"], *target)
    assert ended.code == 3
    assert re.search(said, ended.out)
    report = _done(cli, "compare", backup["id"], *target, code=3)
    assert any(re.search(said, f"{one['object']}: {one['kind']}") for one in report["findings"])


def test_compare_passes_where_nothing_is_lost(cli, backup, folder):
    passed = _done(cli, "compare", backup["id"], "--target-url", f"sqlite://{folder}")
    assert (passed["verdict"], passed["compared"]["rows"]) == ("passed", ROWS)


def test_restore_puts_it_beside_the_live_one_and_leaves_that_alone(program, cli, backup, folder):
    before = _contents(folder)
    restored = _done(program, "restore", backup["id"])
    name = f"live_restored_{backup['id'].partition('-')[2].lower()}"
    assert (restored["verdict"], restored["database"]) == ("passed", name)
    assert {path.name for path in (folder.parent / name).glob("*.db")} == {"items.db", "users.db"}
    assert _contents(folder) == before
    assert _done(cli, "restore", backup["id"], "--into", "elsewhere")["database"] == "elsewhere"
    assert not list(folder.parent.glob(".live_restoring_*"))


REFUSED = {
    "swap": (["--swap", "--confirm", "live"], "its engine does not swap"),
    "swap that is surveyed": (["--swap", "--dry-run"], "its engine does not swap"),
    "undo": (["--undo", "--confirm", "live"], "its engine does not swap"),
    "tables": (["--table", "items"], "its engine restores whole backups only"),
    "live name": (["--into", "live"], "a restored folder cannot be called 'live'"),
    "PostgreSQL": (["--target-url", "postgresql://localhost/shop"], "is a backup of SQLite, and the URL is"),
    "password": (["--target-url", "sqlite://me:hunter2@/shop"], "has more than a folder in it"),
}


@pytest.mark.parametrize(("options", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_the_engine_cannot_do_is_refused_before_anything_happens(cli, backup, home, options, why):
    before = sorted(home.iterdir())
    chosen = [] if "--undo" in options else [backup["id"]]
    error = _done(cli, "restore", *chosen, *options, code=2)["error"]
    assert (error["kind"], why in error["message"]) == ("UsageError", True)
    assert "hunter2" not in str(error)
    assert sorted(home.iterdir()) == before


def test_a_url_of_sqlite_is_refused_for_a_backup_of_postgresql(tmp_path, folder):
    config = {"SCIMS_CONFIG": str(unpacked(tmp_path) / "scims.toml"), "RESTIC_CACHE_DIR": str(tmp_path)}
    cli = cli_with_sqlite(config)
    for command in ("compare", "restore"):
        error = _done(cli, command, PROVEN, "--target-url", f"sqlite://{folder}", code=2)["error"]
        assert error["message"] == f"{PROVEN} is a backup of PostgreSQL, and the URL is one of SQLite"
        assert error["cure"] == "give a URL that begins with postgresql://"


def test_a_source_that_got_another_engine_is_compared_with_none_of_the_one_before(tmp_path):
    folder = fill(tmp_path / "live")
    home = {"SCIMS_CONFIG": str(unpacked(tmp_path) / "scims.toml"), "RESTIC_CACHE_DIR": str(tmp_path)}
    cli = cli_with_sqlite({**home, "SCIMS_SOURCE_URL": f"sqlite://{folder}"})
    assert _done(cli, "backup")["anomalies"] == []
    lines = _done(cli, "checklist", code=3)["lists"]["restore"]
    assert "restore-intact" in {line["id"] for line in lines}
    lines = _done(Program(home), "checklist", code=3)["lists"]["restore"]
    assert "restore-foreign-keys" in {line["id"] for line in lines}


def test_what_can_be_done_next_does_not_offer_a_swap(cli, backup):
    assert cli.run("restore", backup["id"]).out.endswith("\nthe live database is unchanged\n")


def test_a_dry_run_surveys_the_target(cli, backup):
    survey = cli.run("restore", backup["id"], "--into", "nowhere-yet", "--dry-run", "--json").document[
        "survey"
    ]
    assert {one["what"] for one in survey} >= {"space", "name"}
    assert False not in {one["suffices"] for one in survey}


def test_a_full_drill_on_a_folder_of_ones_own_is_signed_off(cli, backup, tmp_path):
    options = ("--full", "--target-url", f"sqlite://{tmp_path}/drills", "--signed-by", "Ada")
    drilled = _done(cli, "drill", backup["id"], *options)
    assert (drilled["verdict"], list(tmp_path.iterdir())) == ("passed", [])


def test_verify_reads_it_back(cli, backup):
    assert _done(cli, "verify", backup["id"])["sha256"] == backup["sha256"]


@pytest.mark.usefixtures("drilled")
def test_the_checklist_has_the_lines_of_the_engine(cli):
    lists = _done(cli, "checklist", code=4)["lists"]
    lines = {line["id"]: line for line in lists["restore"]}
    assert list(lines) == [
        "restore-runs",
        "restore-correct",
        "restore-intact",
        "restore-application-connects",
    ]
    assert {lines[one]["state"] for one in ("restore-correct", "restore-intact")} == {"yes"}
    assert f"2 files, {ROWS} rows" in str(lines["restore-correct"]["evidence"])


@pytest.mark.usefixtures("drilled")
def test_doctor_has_the_checks_of_the_engine(cli):
    checks = _done(cli, "doctor")["checks"]
    assert [one["check"] for one in checks][:2] == ["connection", "room"]
    assert {one["state"] for one in checks} == {"fine"}


def test_doctor_reports_a_folder_without_files(environment, tmp_path):
    cli = cli_with_sqlite({**environment, "SCIMS_SOURCE_URL": f"sqlite://{tmp_path}"})
    found = {one["check"]: one for one in _done(cli, "doctor", code=1)["checks"]}
    assert (found["connection"]["state"], found["room"]["state"]) == ("problem", "not-checked")
    assert f"{tmp_path} has no file *.db" in found["connection"]["message"]


def test_an_unknown_engine_is_listed_and_refused_and_kept(environment, backup):
    plain = Program({**environment, "SCIMS_SOURCE_URL": "postgresql://localhost/shop"})
    why = f"backup {backup['id']} was made by engine 'sqlite', which this version does not have"
    listed = plain.run("list", "--json")
    assert (listed.code, [one.get("error") for one in listed.document]) == (
        1,
        [f"{why} (use a newer scims-backup)"],
    )
    for command in ("drill", "restore"):
        ended = plain.run(command, backup["id"], "--json")
        assert (ended.code, ended.document["error"]["message"]) == (1, why)
    pruned = plain.run("prune", "--json")
    assert (pruned.code, pruned.document["removed"]) == (1, [])
    assert backup["id"] in plain.run("list").out


def test_prune_removes_what_the_engines_own_retention_does_not_keep(tmp_path):
    cli = cli_with_sqlite(settings(tmp_path, fill(tmp_path / "live")))
    first, second, third = (_done(cli, "backup")["id"] for _ in range(3))
    pruned = _done(cli, "prune")
    assert (pruned["removed"], [one["id"] for one in pruned["keep"]]) == ([second], [first, third])


def test_settings_that_keep_everything_win_over_the_engines_own_retention(tmp_path):
    environment = settings(tmp_path, fill(tmp_path / "live"))
    cli = cli_with_sqlite(environment)
    taken = [_done(cli, "backup")["id"] for _ in range(3)]
    config = tmp_path / "scims.toml"
    config.write_text("[sources.shop]\nretention = { daily = 0 }\n")
    pruned = _done(cli_with_sqlite({**environment, "SCIMS_CONFIG": str(config)}), "prune")
    assert (pruned["removed"], [one["id"] for one in pruned["keep"]]) == ([], taken)


@pytest.fixture
def late(tmp_path):
    return cli_with_sqlite(settings(tmp_path, fill(tmp_path / "live"), scheme="sqlite-late"))


def test_a_late_source_orders_and_a_later_run_takes_the_backup_of_the_order(late, tmp_path):
    ordered = _done(late, "backup")
    assert ordered["already"] == "ordered"
    assert _done(late, "backup") == ordered
    assert "is requested, but not delivered yet" in late.run("backup").out
    assert _done(late, "list") == []
    deliver(tmp_path / "live")
    change(tmp_path / "live" / "items.db", "DELETE FROM items")
    taken = _done(late, "backup")
    assert taken["id"] == ordered["id"]
    assert _done(late, "drill")["compared"]["rows"] == ROWS
    assert _done(late, "backup")["id"] != ordered["id"]


def test_collecting_takes_what_was_requested_and_requests_nothing(late, tmp_path):
    assert _done(late, "backup", "--collect") == {"already": "collected"}
    assert "nothing is requested" in late.run("backup", "--collect").out
    ordered = _done(late, "backup")
    assert _done(late, "backup", "--collect") == ordered
    deliver(tmp_path / "live")
    assert _done(late, "backup", "--collect")["id"] == ordered["id"]
    assert list((tmp_path / "live").glob("*.tar")) == []
    assert _done(late, "backup", "--collect") == {"already": "collected"}


def test_what_is_collected_is_scheduled_for_no_other_time(late):
    ended = late.run("backup", "--collect", "--scheduled", "2026-11-22T02:00:00Z")
    assert ended.code == 2
    assert "cannot be combined" in ended.err


def test_an_order_that_was_removed_fails_the_backup(late, tmp_path):
    stamp = _done(late, "backup")["id"].partition("-")[2]
    (tmp_path / "live" / f"{stamp}.ordered").unlink()
    ended = late.run("backup", "--json")
    assert (ended.code, ended.document["error"]["kind"]) == (1, "OrderLostError")
    assert "its order was removed" in ended.document["error"]["message"]
    assert _done(late, "backup")["already"] == "ordered"


def test_scheduled_runs_take_what_has_arrived_and_order_what_they_are_for(late, tmp_path):
    now = datetime.now(UTC).replace(microsecond=0)
    times = [now - timedelta(hours=ago) for ago in (3, 2, 1)]
    ids = [f"shop-{time:%Y%m%dT%H%M%SZ}" for time in times]
    answers = []
    for time in times:
        answers.append(_done(late, "backup", "--scheduled", time.isoformat()))
        deliver(tmp_path / "live")
    assert [one["id"] for one in answers] == [ids[0], ids[0], ids[1]]
    assert [one.get("already") for one in answers] == ["ordered", None, None]
    assert [one["id"] for one in _done(late, "list")] == ids[:2]


def test_a_backup_that_was_delivered_is_as_old_as_its_archive(late, tmp_path):
    _done(late, "backup")
    deliver(tmp_path / "live")
    archive = next((tmp_path / "live").glob("*.tar"))
    long_ago = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    os.utime(archive, (long_ago.timestamp(), long_ago.timestamp()))
    assert datetime.fromisoformat(_done(late, "backup")["started"]) == long_ago
