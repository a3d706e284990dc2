"""`--all` on real databases: a source that is wrong, or that does not end, stops no other."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from scims_backup.adapters.processes.side_by_side import Job, SideBySide
from scims_backup.domain.errors import InterruptedOperationError
from tests.support.cli import Program
from tests.support.cli_schemas import check
from tests.support.databases import restic_place

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)
SLEEPS = """
import pathlib, signal, sys, time
def end(*_):
    pathlib.Path(sys.argv[1]).write_text("cleaned up")
    sys.exit(130)
signal.signal(signal.SIGINT, end)
print("waits", file=sys.stderr, flush=True)
time.sleep(600)
"""


@pytest.fixture
def program(database, tmp_path):
    database.execute("CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items VALUES (1)")
    place = restic_place(tmp_path)
    sources = {
        "good": f'url = "{database.url}"',
        "misspelt": f'url = "{database.url}"\nvalut = "restic:/x"',
        "gone": f'url = "{database.url.replace(database.name, "no_such_database")}"',
        "last": f'url = "{database.url}"',
    }
    tables = "".join(f'[sources.{name}]\nvault = "{place.vault}"\n{url}\n' for name, url in sources.items())
    settings = tmp_path / "scims.toml"
    settings.write_text(f'catalog = "file://{tmp_path}/catalog"\n{tables}')
    return Program(
        {
            "SCIMS_CONFIG": str(settings),
            "SCIMS_SOURCE": "ignored",
            "SCIMS_POSTGRESQL_BIN": str(database.server.programs),
            "RESTIC_PASSWORD_FILE": str(place.password_file),
            "RESTIC_CACHE_DIR": str(tmp_path / "cache"),
        }
    )


def test_one_bad_source_stops_no_other_and_the_worst_decides_the_exit_code(program):
    ended = program.run("backup", "--all", "--json", "--at-once", "2")
    check("all", ended.document)
    codes = {one["source"]: one["exit_code"] for one in ended.document["sources"]}
    assert codes == {"good": 0, "misspelt": 2, "gone": 1, "last": 0}
    assert (ended.code, ended.document["exit_code"]) == (1, 1)
    for one in ended.document["sources"]:
        if one["exit_code"] == 0:
            check("backup", one["result"])
            assert one["result"]["source"] == one["source"]
    names = {line.partition(": ")[0] for line in ended.err.splitlines()}
    assert names == set(codes)
    drilled = program.run("drill", "--all", "newest", "--quiet")
    assert drilled.code == 2
    assert "good: done\n  passed  drill" in drilled.out
    assert "gone: there is no backup (exit code 5)" in drilled.out
    assert drilled.out.endswith("4 sources, 2 with a problem\n")
    pruned = program.run("prune", "--all", "--dry-run", "--json")
    check("prune", pruned.document["sources"][0]["result"])


@pytest.fixture
def interrupting():
    """A callback for lines that interrupts the main thread at the second line, as Ctrl-C does."""
    lines: list[str] = []

    def line(_name, text):
        lines.append(text)
        if len(lines) == 2:
            os.kill(os.getpid(), signal.SIGUSR1)

    def interrupt(*_):
        raise InterruptedOperationError("stopped", "")

    before = signal.signal(signal.SIGUSR1, interrupt)
    yield line
    signal.signal(signal.SIGUSR1, before)


def test_an_interruption_asks_every_program_to_end_and_starts_no_other(tmp_path, interrupting):
    marks = [tmp_path / name for name in "abc"]
    jobs = [Job(mark.name, [sys.executable, "-c", SLEEPS, str(mark)]) for mark in marks]
    with pytest.raises(InterruptedOperationError):
        SideBySide({}, interrupting).run(jobs, 2)
    assert [mark.exists() for mark in marks] == [True, True, False]


def test_a_program_that_does_not_end_when_asked_is_killed(tmp_path, interrupting):
    script = 'trap "" INT; echo $$ > "$0"; echo waits >&2; while :; do sleep 0.1; done'
    files = [tmp_path / name for name in "ab"]
    jobs = [Job(file.name, ["sh", "-c", script, str(file)]) for file in files]
    with pytest.raises(InterruptedOperationError):
        SideBySide({"PATH": os.environ["PATH"]}, interrupting, patience=0.1).run(jobs, 2)
    for file in files:
        assert not Path("/proc", file.read_text().strip()).exists()


def test_ends_come_in_the_order_of_the_jobs_with_whole_lines_and_at_most_so_many_run_at_once():
    script = 'echo $1; printf "half " >&2; echo line >&2; printf last >&2; exit $1'
    lines: list[tuple[str, str]] = []
    jobs = [Job(str(number), ["sh", "-c", script, "sh", str(number)]) for number in range(5)]
    ended = SideBySide({}, lambda *line: lines.append(line)).run(jobs, 3)
    assert [(one.name, one.code, one.output) for one in ended] == [
        (str(number), number, f"{number}\n".encode()) for number in range(5)
    ]
    assert sorted(lines) == [(str(number), line) for number in range(5) for line in ("half line", "last")]


def test_ctrl_c_ends_the_run_of_every_source(program, database):
    with database.connect() as holder:
        holder.execute("BEGIN; LOCK TABLE items")
        with program.start("backup", "--all", "--at-once", "2") as process:
            while database.value(WAITING) < 2:
                assert process.poll() is None, "the backups ended before they could wait"
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, rest = process.communicate()
        assert process.returncode == 128 + signal.SIGINT
        for name in ("good", "last"):
            assert f"{name}: scims-backup: stopped by SIGINT" in rest
    assert database.value(WAITING) == 0
