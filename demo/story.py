"""The story: a database and a Redis, backups under live writes, drills that pass, faults that are found."""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from demo.redis_server import redis_program
from demo.redis_story import show_redis
from demo.scims import create_scims
from demo.server import ThrowawayServer
from demo.shell import Shell, StoryError
from demo.stage import Stage
from demo.summary import Facts, write_summary
from demo.workshop import Workshop
from demo.writers import Writers

CLIENTS = 4
_PASSED, _DRILL_FAILED = 0, 3

_COPY = "scims_copy"
_FAULTS = """\
-- the triggers must not betray the exchange by a new updated_at
SET session_replication_role = replica;
DELETE FROM item_stocks WHERE id = (SELECT min(id) FROM item_stocks);
UPDATE users SET password_hash = other.password_hash FROM users AS other
 WHERE (users.username, other.username) IN (('user7', 'user8'), ('user8', 'user7'));
"""
EXPECTED_FINDINGS = [("content-differs", "table public.users"), ("rows-differ", "table public.item_stocks")]


def tell(console: Console, users: int) -> None:
    """Play all of it. Raise StoryError if something does not go as told."""
    # not $TMPDIR: the path of the server's socket may have 107 bytes
    with tempfile.TemporaryDirectory(prefix="scims-demo-", dir="/tmp") as directory:
        workshop = Workshop.prepare(Path(directory))
        with ThrowawayServer(workshop.sockets) as server:
            programs = [Path(sys.executable).parent, server.programs.directory, redis_program().parent]
            shell = Shell(console, workshop.directory, workshop.variables, programs)
            _play(Stage(console, workshop, server, shell, users))
    console.print(Text("Everything created for this demo has been removed.", "dim italic"))


def _play(stage: Stage) -> None:
    began = time.monotonic()
    _set_up(stage)
    written = _back_up_under_writes(stage)
    _drill(stage)
    _restore_by_hand(stage)
    findings = _plant_faults(stage)
    shown = stage.shell.answer("scims-backup", "show")
    proof = stage.workshop.proof(shown["proof"])
    redis = show_redis(stage)
    stage.console.print()
    write_summary(stage.console, Facts(written, shown, proof, findings, redis, time.monotonic() - began))


def _set_up(stage: Stage) -> None:
    stage.chapter(
        "1  A database",
        f"PostgreSQL {stage.server.programs.version} with the seven SCIMS tables, on a server started for "
        "this demo.",
    )
    with stage.console.status("filling it …"):
        rows = create_scims(stage.server, "scims", stage.users)
    stage.console.print(Text(f"It contains {rows:,} rows. The settings for scims-backup are in scims.toml:"))
    stage.show(stage.workshop.settings.read_text())
    stage.shell.show_variables(stage.workshop.variables)


def _back_up_under_writes(stage: Stage) -> int:
    stage.chapter(
        "2  A backup under live writes",
        f"{CLIENTS} clients insert, update and delete without pause while the dump runs and its proof is "
        "taken at the same snapshot.",
    )
    with Writers(stage.server, "scims", stage.users, CLIENTS) as writers:
        before = writers.committed
        stage.shell.run("scims-backup", "backup")
        written = writers.committed - before
    if not written:
        raise StoryError("nothing was written while the backup ran")
    stage.aside(f"{written:,} transactions were committed meanwhile.")
    stage.shell.run("scims-backup", "list")
    return written


def _drill(stage: Stage) -> None:
    stage.chapter(
        "3  The drill",
        "A backup counts only once it has been restored. A fresh server that nothing else uses receives the "
        "archive; everything is counted, digested and compared again; then the application's role logs in, "
        "and the deployment's own expectations are checked.",
    )
    stage.shell.run("scims-backup", "drill", expect=_PASSED)
    shown = stage.shell.answer("scims-backup", "show")
    if shown["verdict"] != "passed" or shown["report"]["findings"]:
        raise StoryError(f"the drill's verdict is {shown['verdict']}")


def _restore_by_hand(stage: Stage) -> None:
    stage.chapter(
        "4  The same by hand",
        "No archive depends on this program: restic and pg_restore alone can restore it "
        "(docs/restore-by-hand.md). Any database can then be compared with the proof.",
    )
    backup = stage.shell.answer("scims-backup", "show")["id"]
    stage.shell.run("restic", "dump", "--tag", backup, "latest", f"/{backup}.dump", into="scims.archive")
    stage.shell.run("createdb", _COPY)
    stage.shell.run("pg_restore", "--exit-on-error", f"--dbname={_COPY}", "scims.archive")
    stage.shell.run(*_compare(), expect=_PASSED)


def _plant_faults(stage: Stage) -> list[dict[str, Any]]:
    stage.chapter(
        "5  What a bad backup looks like",
        "One row is removed from that copy, and two users' passwords are swapped, which no count, total or "
        "constraint reveals. This is faults.sql:",
    )
    stage.workshop.faults.write_text(_FAULTS)
    stage.show(_FAULTS)
    stage.shell.run("psql", "--quiet", f"--file={stage.workshop.faults.name}", _COPY)
    stage.shell.run(*_compare(), expect=_DRILL_FAILED)
    stage.aside(f"Exit code {_DRILL_FAILED} for schedulers and scripts; --json reports the same to programs.")
    findings: list[dict[str, Any]] = stage.shell.answer(*_compare(), expect=_DRILL_FAILED)["findings"]
    found = [(finding["kind"], finding["object"]) for finding in findings]
    if found != EXPECTED_FINDINGS:
        raise StoryError(f"these findings were expected: {EXPECTED_FINDINGS}; these were found: {found}")
    return findings


def _compare() -> list[str]:
    return ["scims-backup", "compare", f"--target-url=postgresql:///{_COPY}"]
