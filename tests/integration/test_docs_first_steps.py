"""docs/first-steps.md: a person types what the page shows, and sees what it shows.

`SCIMS_REWRITE_README=1` writes the real dialogue into the page: review the difference before you commit it.
"""

import json
import os
import re
import subprocess
import time

import pytest

from tests.support.cli import PROGRAM
from tests.support.databases import Database
from tests.support.pages import ROOT, blocks
from tests.support.posted import posted
from tests.support.scims import load_scims
from tests.support.servers import PostgresServer
from tests.support.terminal import terminal

PAGE = ROOT / "docs/first-steps.md"
PASSWORD = "correct-horse-battery"
CONFIG = "/etc/scims-backup/scims.toml"
LOSS = "DELETE FROM public.item_stocks WHERE id = 7"
_CHANGING = re.compile(
    r"\d{8}T\d{6}Z|[0-9a-f]{64}|(?<=\D)\d[\d.]*(?= (?:s|kB)\b)|\d+(?= (?:seconds|fine|not checked))| +"
)
"""Stamps, the archive's name, durations, sizes, counts of doctor's checks, and spaces in columns."""
_STYLE = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture(scope="module")
def guarded():
    with PostgresServer(password=PASSWORD) as server:
        server.create_database("scims")
        server.execute(
            f"CREATE ROLE scims_backup LOGIN PASSWORD '{PASSWORD}'; GRANT pg_read_all_data TO scims_backup",
            "postgres",
        )
        yield server


class Person:
    """Types the commands of the page, with what is this machine's own exchanged for what the page shows."""

    def __init__(self, server, folder, receiver):
        self.environment = {
            "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "COLUMNS": "300",
            "NO_COLOR": "1",
            "SCIMS_POSTGRESQL_BIN": str(server.programs),
        }
        self.port = server.port
        self.url = f"postgresql://scims_backup@127.0.0.1:{server.port}/scims"
        self.folder, self.receiver, self.shown, self.keys, self.commands = folder, receiver, [], 0, 0

    def init(self):
        command = f"scims-backup init --config {CONFIG}"
        typed = command.replace(CONFIG, f"{self.folder}{CONFIG}")
        started = [*typed.split(), "--schedule-dir", f"{self.folder}/etc/systemd/system"]
        with terminal(started, self.environment) as shell:
            for prompt, line in self._answers():
                shell.answer(prompt, line)
                self.keys += len(self._as_shown(line)) + 1
            assert shell.end() == 0, shell.screen
            assert PASSWORD not in shell.screen
        self._note("scims-backup init", _STYLE.sub("", shell.screen))

    def _answers(self):
        here = f"127.0.0.1:{self.receiver.port}"
        return [
            ("Address of the database", self.url),
            ("A name for it", ""),
            ("Password", "wrong"),
            ("Address of the database", ""),
            ("A name for it", ""),
            ("Password", PASSWORD),
            ("Where to put the backups", f"{self.folder}/var/backups/scims"),
            ("How many backups to keep", "a few"),
            ("How many backups to keep", ""),
            ("URL to notify", f"json://{here}/operator"),
            ("URL that each backup pings", f"http://{here}/backup"),
            ("URL that each drill pings", f"http://{here}/drill"),
            ("What starts them", "systemd"),
            ("When to back up", ""),
            ("When to drill", ""),
        ]

    def types(self, command, **environment):
        typed = command.replace(CONFIG, f"{self.folder}{CONFIG}")
        ended = subprocess.run(
            ["bash", "-o", "pipefail", "-c", typed],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if not environment:
            assert ended.returncode == 0, ended.stderr
            self._note(command, ended.stdout)
        return ended.returncode

    def _note(self, command, text):
        shown = self._as_shown(text)
        self.shown.append(re.sub(r" +$", "", f"$ {command}\n{shown}", flags=re.MULTILINE))
        self.keys += len(command) + 1
        self.commands += 1

    def _as_shown(self, text):
        here = {
            str(self.folder): "",
            f"127.0.0.1:{self.receiver.port}": "receiver.example.org",
            f"127.0.0.1:{self.port}": "db.example.org",
            f'"127.0.0.1", port {self.port}': '"db.example.org", port 5432',
            str(PROGRAM): "scims-backup",
        }
        for own, shown in here.items():
            text = text.replace(own, shown)
        return text


def _constant(text):
    return _CHANGING.sub("…", text)


@pytest.mark.slow
def test_from_nothing_to_a_proven_backup_that_notifies_as_the_page_shows_it(guarded, tmp_path):
    load_scims(Database(guarded, "scims"))
    began = time.monotonic()
    with posted() as receiver:
        person = Person(guarded, tmp_path, receiver)
        person.init()
        for command in ("backup --config {}", "drill --config {}", "doctor --config {} | tail -1"):
            person.types(f"scims-backup {command.format(CONFIG)}")
        seconds = time.monotonic() - began
        refused = person.types(f"scims-backup drill --config {CONFIG}", SCIMS_AFTER_RESTORE_SQL=LOSS)
        assert refused == 3
    paths = [path for path, _ in receiver.requests]
    proven = ["/operator", "/backup/start", "/backup", "/drill/start", "/drill"]
    assert paths == [*proven, "/drill/start", "/drill/fail", "/operator"]
    trial, failed = (json.loads(body)["title"] for path, body in receiver.requests if path == "/operator")
    assert "test" in trial.lower()
    assert "passed  drill" in person.shown[2]
    units = {path.name for path in (tmp_path / "etc/systemd/system").iterdir()}
    assert "scims-failed@.service" in units
    document = (tmp_path / f".{CONFIG}").read_text().replace(str(tmp_path), "")
    document = document.replace(f"127.0.0.1:{guarded.port}", "db.example.org")
    said = f"{person.commands} commands and {person.keys} keys; {seconds:.0f} seconds"
    real = ["\n".join(person.shown), document, f"{said}\n", f"{failed}\n"]
    if os.environ.get("SCIMS_REWRITE_README"):
        _rewrite(real)
    assert [_constant(text) for text in blocks(PAGE, "console", "toml", "text")] == list(map(_constant, real))


def _rewrite(real):
    text = PAGE.read_text()
    for old, new in zip(blocks(PAGE, "console", "toml", "text"), real, strict=True):
        text = text.replace(f"\n{old}```", f"\n{new}```", 1)
    PAGE.write_text(text)
