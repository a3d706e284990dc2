"""The function that restores: what it answers, and what it refuses before anything is touched."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from functions.restore.handler import handler
from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.handling.function_run import UntoldError
from tests.support.cli import Cli
from tests.support.databases import Database, restic_place

EVENTS = Path(__file__).parents[2] / "events"
LIVE = "function_live"
SCHEMA = "CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 100);"


class Function:
    """A database with one backup, and the function that restores it."""

    def __init__(self, server, folder):
        place = restic_place(folder)
        self.server = server
        self.live = Database(server, LIVE)
        self.catalog = FolderCatalog(folder / "catalog")
        self.secret = folder / "administrator.json"
        url = self.live.url
        self.environment = {
            "SCIMS_SETTINGS": f"""
                catalog = "file://{folder / "catalog"}"
                [sources.scims-db]
                url = "{url}"
                vault = "{place.vault}"
                vault_secret = "file:{place.password_file}"
                restore_secret = "file:{self.secret}"
            """,
            "SCIMS_POSTGRESQL_BIN": str(server.programs),
            "RESTIC_CACHE_DIR": str(folder / "cache"),
        }
        self.secret.write_text(json.dumps({"url": url, "password": "trusted"}))
        taken = Cli(self.environment).run("backup", "--json")
        assert taken.code == 0, taken.err
        self.backup = taken.document["id"]
        self.restored = f"{LIVE}_restored_{BackupId.parse(self.backup).stamp.lower()}"

    def call(self, event, milliseconds=900_000):
        """Call the function, which has so much time."""
        self.keys_before = set(self.catalog.keys("events/"))
        context = SimpleNamespace(aws_request_id="7f", get_remaining_time_in_millis=lambda: milliseconds)
        return handler(event, context)

    def golden(self, name):
        """A golden event, about this database."""
        event = json.loads((EVENTS / f"{name}.json").read_text())
        return event | ({"confirm": LIVE} if "confirm" in event else {})

    def databases(self):
        listed = Database(self.server, "postgres").rows("SELECT datname FROM pg_database")
        return {name for (name,) in listed if name.startswith(LIVE)}

    def told(self, kind):
        found = [key for key in self.catalog.keys("events/") if f"-{kind}-" in key]
        return [json.loads(self.catalog.get(key)) for key in found]

    def told_by_the_call(self, kind):
        """The one event of a kind that the last call wrote: keys of one second are in no order."""
        (key,) = {key for key in self.catalog.keys("events/") if f"-{kind}-" in key} - self.keys_before
        return json.loads(self.catalog.get(key))


@pytest.fixture(scope="module")
def made(server, tmp_path_factory):
    server.create_database(LIVE, SCHEMA)
    function = Function(server, tmp_path_factory.mktemp("function"))
    yield function
    for name in function.databases() | {LIVE}:
        server.drop_database(name)


@pytest.fixture
def function(made, monkeypatch):
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


def metrics(capfd):
    written = [json.loads(line) for line in capfd.readouterr().out.splitlines() if '"_aws"' in line]
    return {name for one in written for name in one if name.startswith("Restore")}


def test_a_look_at_what_a_restore_would_meet_changes_nothing(function):
    before = function.databases()
    outcome = function.call(function.golden("restore-survey"))
    assert (outcome["outcome"], outcome["backup"]) == ("surveyed", function.backup)
    assert {"what", "suffices", "found"} == set(outcome["survey"][0])
    assert outcome["survey"][0]["what"] == f"backup {function.backup}"
    assert "drill" in outcome["survey"][0]["found"]
    assert function.databases() == before


def test_nothing_is_restored_by_an_image_of_another_major(function, monkeypatch):
    before = function.databases()
    monkeypatch.setenv("SCIMS_POSTGRESQL_MAJOR", "16")
    monkeypatch.setenv("SCIMS_IMAGE_POSTGRESQL_MAJOR", "15")
    outcome = function.call(function.golden("restore-newest"))
    assert (outcome["outcome"], outcome["error"]) == ("failed", "ToolMissingError")
    assert "sam build --parameter-overrides PostgresqlMajor=16" in outcome["message"]
    assert function.told_by_the_call("RestoreFailed")["facts"]["error"] == "ToolMissingError"
    assert function.databases() == before


def test_a_backup_is_restored_beside_then_swapped_then_brought_back(function, capfd):
    outcome = function.call(function.golden("restore-newest"))
    assert outcome == {
        "outcome": "restored",
        "backup": function.backup,
        "database": function.restored,
        "swapped": False,
        "aside": None,
        "away_seconds": None,
        "roles_created": [],
        "was_there": False,
    }
    assert metrics(capfd) == {"RestoresCompleted", "RestoreSeconds"}

    swapping = {**function.golden("restore-swap"), "backup": function.backup}
    swapped = function.call(swapping)
    assert (swapped["outcome"], swapped["database"], swapped["swapped"]) == ("restored", LIVE, True)
    assert swapped["aside"].startswith(f"{LIVE}_before_")
    assert swapped["away_seconds"] >= 0
    again = function.call(swapping)
    assert (again["outcome"], again["error"]) == ("refused", "UsageError"), "a call may come twice"
    assert function.databases() == {LIVE, swapped["aside"]}

    undone = function.call(function.golden("restore-undo"))
    assert (undone["outcome"], undone["restored"]) == ("undone", swapped["aside"])
    assert function.databases() == {LIVE, undone["aside"]}
    function.server.drop_database(undone["aside"])


def test_a_backup_is_chosen_by_a_time_and_restored_under_a_chosen_name(function):
    event = {**function.golden("restore-at"), "at": "2100-01-01T00:00:00+01:00", "into": f"{LIVE}_chosen"}
    outcome = function.call(event)
    assert (outcome["outcome"], outcome["backup"]) == ("restored", function.backup)
    assert outcome["database"] == event["into"]
    assert function.databases() == {LIVE, event["into"]}
    function.server.drop_database(event["into"])


def test_what_is_not_what_was_backed_up_is_not_swapped_and_says_how_much_differs(function, capfd):
    function.call(function.golden("restore-newest"))
    Database(function.server, function.restored).execute("DELETE FROM items WHERE id = 7")
    swapping = {**function.golden("restore-swap"), "backup": function.backup}
    outcome = function.call(swapping)
    assert (outcome["outcome"], outcome["swapped"], outcome["database"]) == (
        *("differs", False),
        function.restored,
    )
    assert (outcome["findings"], outcome["was_there"]) == (1, True)
    assert "drop it" in outcome["cure"]
    assert metrics(capfd) == {"RestoresCompleted", "RestoresFailed", "RestoreSeconds"}
    assert function.told_by_the_call("RestoreFailed")["facts"]["findings_in_all"] == 1
    function.server.drop_database(function.restored)


USAGE, NOTHING = "UsageError", "NothingToWorkOnError"
REFUSED = {
    "nothing": ({}, USAGE, "action ''"),
    "an unknown action": ({"action": "drop"}, USAGE, "action 'drop'"),
    "an unknown key": ({"action": "restore", "database": "x"}, USAGE, "'database'"),
    "another type": ({"action": "restore", "swap": "yes"}, USAGE, "swap 'yes'"),
    "what another action takes": ({"action": "undo", "backup": "newest"}, USAGE, "'backup'"),
    "a swap without the name": ({"action": "restore", "swap": True}, USAGE, f"confirm: {LIVE}"),
    "a swap with another name": (
        {"action": "restore", "swap": True, "confirm": "scims"},
        *(USAGE, "'scims' is not the live database's name"),
    ),
    "a swap of what is not restored yet": (
        {"action": "restore", "swap": True, "confirm": LIVE},
        *(USAGE, "Z is not restored yet"),
    ),
    "an undo without the name": ({"action": "undo"}, USAGE, f"confirm: {LIVE}"),
    "an undo with another name": (
        {"action": "undo", "confirm": "scims"},
        *(USAGE, "'scims' is not the live database's name"),
    ),
    "not a valid time": ({"action": "restore", "at": "yesterday"}, USAGE, "at 'yesterday'"),
    "both backup and time": (
        {"action": "restore", "backup": "newest-proven", "at": "2026-11-22T12:00:00Z"},
        *(USAGE, "both a backup and a time"),
    ),
    "a backup that is not there": (
        {"action": "restore", "backup": "scims-db-20200101T000000Z"},
        *(NOTHING, "scims-db-20200101T000000Z"),
    ),
    "a time before all backups": (
        {"action": "survey", "at": "2020-01-01T00:00:00Z"},
        *(NOTHING, "2020-01-01T00:00:00+00:00"),
    ),
    "no backup's id": ({"action": "restore", "backup": "latest"}, USAGE, "'latest'"),
    "no swap that could be undone": ({"action": "undo", "confirm": LIVE}, NOTHING, f"set aside for {LIVE}"),
}
"""Event, kind of error, and what of the event its message names."""


@pytest.mark.parametrize(("event", "error", "named"), REFUSED.values(), ids=REFUSED)
def test_what_is_asked_wrongly_is_refused_with_its_reason_and_nothing_is_touched(
    function, event, error, named, capfd
):
    before, told = function.databases(), len(function.told("RestoreFailed"))
    outcome = function.call(event)
    assert (outcome["outcome"], outcome["error"]) == ("refused", error)
    assert named in outcome["message"]
    assert function.databases() == before
    assert len(function.told("RestoreFailed")) == told
    assert metrics(capfd) == set()


def test_an_administrator_who_may_not_do_it_is_told_by_an_event_and_is_the_outcome(function, capfd):
    whole = function.secret.read_text()
    function.live.execute("CREATE ROLE function_reader LOGIN")
    function.secret.write_text(json.dumps({"username": "function_reader", "password": "trusted"}))
    try:
        outcome = function.call(function.golden("restore-newest"))
    finally:
        function.secret.write_text(whole)
        function.live.execute("DROP ROLE function_reader")
    assert (outcome["outcome"], outcome["error"]) == ("failed", "TargetError")
    assert function.told_by_the_call("RestoreFailed")["facts"]["message"] == outcome["message"].split(" (")[0]
    assert metrics(capfd) == {"RestoresFailed"}


@pytest.mark.parametrize("action", ["restore", "undo"])
def test_a_secret_that_cannot_be_used_is_told_by_an_event(function, action):
    whole = function.secret.read_text()
    function.secret.write_text('{"username": "postgres"}')
    told = len(function.told("RestoreFailed"))
    try:
        outcome = function.call(function.golden(f"restore-{'newest' if action == 'restore' else 'undo'}"))
    finally:
        function.secret.write_text(whole)
    assert (outcome["outcome"], outcome["error"]) == ("failed", "SecretError")
    assert len(function.told("RestoreFailed")) == told + 1


def test_a_look_that_fails_is_no_failed_restore(function, monkeypatch):
    monkeypatch.setenv("SCIMS_SETTINGS", function.environment["SCIMS_SETTINGS"].replace("administrator", "x"))
    told = len(function.told("RestoreFailed"))
    function.secret.with_name("x.json").write_text('{"username": "postgres"}')
    with pytest.raises(UntoldError, match="SecretError"):
        function.call(function.golden("restore-survey"))
    assert len(function.told("RestoreFailed")) == told


def test_a_restore_gives_its_hold_back(function):
    assert list(function.catalog.keys(keys.holds_of(BackupId.parse(function.backup)))) == []


# The alarm can ring between a file's opening and the statement that would close it
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_a_restore_that_has_no_time_left_fails_cleanly_and_says_what_would_do(function):
    before, holds = function.databases(), list(function.catalog.keys("holds/"))
    outcome = function.call({"action": "restore", "into": f"{LIVE}_late"}, milliseconds=60_000)
    assert (outcome["outcome"], outcome["error"]) == ("failed", "TimeIsUpError")
    assert (function.databases(), list(function.catalog.keys("holds/"))) == (before, holds)
    assert "run it as a task" in function.told_by_the_call("RestoreFailed")["facts"]["cure"]
