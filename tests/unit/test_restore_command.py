"""`scims-backup restore` with use cases that are played: confirmation, choices, answers, exit codes."""

import io
import json
import shlex
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from scims_backup.bootstrap.application import Application
from scims_backup.cli import session
from scims_backup.cli.main import run
from scims_backup.domain.errors import NothingToWorkOnError, SwapRefusedError, TargetError
from scims_backup.domain.questions import Questions
from scims_backup.domain.restored import Restored
from scims_backup.domain.verdict import Verdict
from scims_backup.ports import LiveDatabase, Surveyed, Swapped
from scims_backup.usecases.reports.list_backups import ListBackups
from scims_backup.usecases.restores.restore_backup import BeforeSwap, RestoreRequest
from tests.fakes import MemoryCatalog, a_manifest, a_report, put_backup
from tests.support import cli_schemas

ENVIRONMENT = {
    "SCIMS_SOURCE": "scims-db",
    "SCIMS_SOURCE_URL": "postgresql://backup@db.example/scims",
    "SCIMS_CATALOG": "file:///backups/catalog",
    "SCIMS_VAULT": "restic:/backups/vault",
    "RESTIC_PASSWORD": "correct horse",
}


def _report(verdict):
    return replace(a_report(verdict), ended=datetime(2026, 11, 24, 3, 15, tzinfo=UTC))


BESIDE = Restored(a_manifest().backup, "scims_restored_20261122t020000z", _report(Verdict.PASSED))
BEFORE = "scims_before_20261124t031500z"
SWAPPED = replace(BESIDE, database="scims", swapped=True, aside=BEFORE, away_seconds=0.012)
SURVEY = [Surveyed("version", True, "15"), Surveyed("space", None, "not told")]


class Played:
    """The application and its use case in one; `outcome` is what it comes to."""

    catalog, live, name = MemoryCatalog(), "scims", "scims on db.example"
    outcome: Any = None
    asked: ClassVar[list[object]] = []

    questions = Questions()

    def __init__(self, settings, *_others, **_more):
        self._settings = settings

    def list_backups(self):
        return ListBackups(self.catalog)

    chosen = Application.chosen

    def swapping_target(self):
        return self

    def restore_backup(self, _manifest, jobs, parts):
        self.asked.append((jobs, *parts))
        return self

    def _come(self, *asked):
        self.asked.extend(asked)
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome

    def run(self, manifest, request):
        return self._come(str(manifest.backup), request)

    def survey(self, manifest, request):
        return self._come("survey", str(manifest.backup), request)

    def before_swap(self, manifest):
        seen = LiveDatabase(32_000_000, 3)
        return BeforeSwap("scims on db.example", self.live, str(manifest.backup), manifest.started, seen)

    def undo_restore(self):
        return self._come("undo")


@pytest.fixture
def played(monkeypatch):
    for name, value in {"catalog": MemoryCatalog(), "outcome": BESIDE, "asked": []}.items():
        monkeypatch.setattr(Played, name, value)
    monkeypatch.setattr(session, "Application", Played)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for stamp in ("20261121T020000Z", "20261122T020000Z"):
        put_backup(Played.catalog, a_manifest(stamp))
    return Played


@pytest.fixture
def command(capsys):
    def call(*arguments):
        code = run(["restore", *arguments, "--json"], ENVIRONMENT)
        out, err = capsys.readouterr()
        document = json.loads(out)
        cli_schemas.check("error" if "error" in document else "restore", document)
        return code, document, err

    return call


@pytest.fixture
def told(capsys):
    def call(*arguments):
        code = run(["restore", *arguments], ENVIRONMENT)
        out, err = capsys.readouterr()
        return code, " ".join(out.split()), err

    return call


class Terminal(io.StringIO):
    def isatty(self):
        return True


# --- which backup ---------------------------------------------------------------------------------


def test_the_newest_is_restored_beside_with_no_question_asked(played, command):
    code, document, _ = command()
    assert (code, document["database"], document["swapped"]) == (0, BESIDE.database, False)
    assert played.asked == [(None,), "scims-db-20261122T020000Z", RestoreRequest()]


def test_an_id_and_what_is_wished_are_passed_on(played, command):
    command("scims-db-20261121T020000Z", "--into", "other", "--jobs", "3", "--with", "functions")
    assert played.asked == [(3, "functions"), "scims-db-20261121T020000Z", RestoreRequest("other")]


@pytest.mark.parametrize(
    ("moment", "stamp"),
    [
        ("2026-11-22T01:59:59Z", "20261121"),
        ("2026-11-22T02:00:00Z", "20261122"),
        ("2027-01-01T00:00:00+01:00", "20261122"),
    ],
)
def test_a_moment_means_the_newest_backup_from_before_it(played, command, moment, stamp):
    assert command("--at", moment)[0] == 0
    assert played.asked[1] == f"scims-db-{stamp}T020000Z"


def test_a_moment_before_all_backups_has_none(played, command):
    code, document, _ = command("--at", "2026-11-21T01:00:00Z")
    assert (code, document["error"]["kind"]) == (5, "NothingToWorkOnError")
    assert played.asked == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("scims-db-20261121T020000Z", "--at", "2026-11-22T03:00:00Z"),
        ("newest-proven", "--at", "2026-11-22T03:00:00Z"),
        ("--at", "yesterday"),
        ("--jobs", "0"),
        ("other-20261121T020000Z",),
        ("--target-url", "postgresql://backup:hunter2@db.example/scims"),
        ("--target-url", "postgresql://backup@db.example", "--swap", "--confirm", "scims", "--nothing"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(played, command, arguments):
    code, document, err = command(*arguments)
    assert (code, document["error"]["kind"]) == (2, "UsageError")
    assert "hunter2" not in json.dumps(document) + err
    assert [asked for asked in played.asked if asked != (None,)] == []


# --- confirmation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--swap", "--undo"])
@pytest.mark.parametrize("typed", [(), ("--confirm", "Scims"), ("--confirm", ""), ("--confirm", "scims ")])
def test_nothing_is_replaced_unless_the_live_database_s_name_is_given(played, command, option, typed):
    code, document, _ = command(option, *typed)
    assert (code, document["error"]["kind"]) == (2, "UsageError")
    assert played.asked == []


def test_a_name_that_was_given_lets_it_happen(played, command):
    played.outcome = SWAPPED
    code, document, _ = command("--swap", "--confirm", "scims")
    assert (code, document["database"], document["aside"]) == (0, "scims", SWAPPED.aside)
    assert played.asked[2] == RestoreRequest(swap=True)


@pytest.mark.parametrize(("typed", "code"), [("scims\n", 0), ("scim\n", 2), ("\n", 2), ("", 2)])
def test_at_a_terminal_the_name_is_asked_for(played, command, monkeypatch, typed, code):
    played.outcome = SWAPPED
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    ended, _, err = command("--swap")
    assert ended == code
    assert (
        "--swap replaces the live database scims (32 MB, connections: 3)\n  on scims on db.example\n" in err
    )
    assert "  with scims-db-20261122T020000Z\n" in err
    assert "what was written to scims since 2026-11-22 02:00:00 UTC is not in the backup" in err
    assert "Type its name to confirm: " in err
    assert ("scims-db-20261122T020000Z" in played.asked) is (code == 0)


@pytest.mark.parametrize(("typed", "code"), [("scims\n", 0), ("scim\n", 2)])
def test_at_a_terminal_an_undo_says_what_it_replaces(played, command, monkeypatch, typed, code):
    played.outcome = Swapped(BEFORE, None, 0.01)
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    ended, _, err = command("--undo")
    assert ended == code
    assert "--undo replaces the live database scims with the one that the last swap put aside" in err
    assert ("undo" in played.asked) is (code == 0)


@pytest.mark.parametrize(
    "beside",
    [
        ("--dry-run",),
        ("--swap",),
        ("--into", "other"),
        ("--at", "2026-11-22T03:00:00Z"),
        ("scims-db-20261121T020000Z",),
    ],
)
def test_undo_takes_nothing_else_and_never_happens_in_a_dry_run(played, command, beside):
    code, document, _ = command("--undo", *beside, "--confirm", "scims")
    assert (code, document["error"]["kind"]) == (2, "UsageError")
    assert played.asked == []


# --- answers --------------------------------------------------------------------------------------


def test_people_are_told_what_to_do_next(played, told):
    assert "to replace it with this one, add --swap to the same command" in told()[1]
    played.outcome = replace(SWAPPED, roles_created=("app", "\x1bowner"))
    out = told("--swap", "--confirm", "scims")[1]
    assert "roles created without passwords: app, " in out
    assert "\x1b" not in out
    assert "scims is now the live database (unavailable for 0.012 s)" in out
    assert f"; the previous one is kept as {SWAPPED.aside}" in out
    assert out.endswith("to undo this: scims-backup restore --undo")
    url = "postgresql://admin@db.example/scims?sslmode=require&connect_timeout=3"
    out = told("--swap", "--confirm", "scims", "--target-url", url, "--source", "scims-db")[1]
    undo = out.partition("to undo this: ")[2]
    assert shlex.split(undo)[3:] == ["--source", "scims-db", "--target-url", url]
    played.outcome = replace(SWAPPED, aside=None)
    assert "--undo" not in told("--swap", "--confirm", "scims")[1]


def test_a_restored_database_with_findings_ends_with_3_and_is_never_offered(played, command, told):
    played.outcome = replace(BESIDE, report=_report(Verdict.FAILED))
    code, document, _ = command()
    assert (code, len(document["findings"])) == (3, 1)
    assert "is never swapped" in told()[1]


@pytest.mark.parametrize(("suffices", "code"), [(True, 0), (None, 0), (False, 1)])
def test_a_dry_run_asks_for_no_name_and_ends_with_1_if_something_does_not_suffice(
    played, command, told, suffices, code
):
    played.outcome = [*SURVEY, Surveyed("extensions", suffices, "missing here: x")]
    ended, document, _ = command("--dry-run", "--swap")
    assert ended == code
    assert document["survey"][-1] == {"what": "extensions", "suffices": suffices, "found": "missing here: x"}
    assert played.asked[1:] == ["survey", "scims-db-20261122T020000Z", RestoreRequest(swap=True)]
    _, out, _ = told("--dry-run")
    assert "nothing was done" in out
    word = {True: "ok", False: "NO", None: "unknown"}[suffices]
    assert out.endswith(f"{word} extensions: missing here: x")


def test_undo_tells_what_came_back(played, command, told):
    played.outcome = Swapped(BEFORE, "scims_undone_20261124t041500z", 0.0123456)
    code, document, _ = command("--undo", "--confirm", "scims")
    assert code == 0
    assert document == {
        "restored": BEFORE,
        "aside": "scims_undone_20261124t041500z",
        "away_seconds": 0.012,
    }
    assert "is live again" in told("--undo", "--confirm", "scims")[1]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TargetError("no room", "make room"), 1),
        (SwapRefusedError("renaming: refused", "end them"), 1),
        (NothingToWorkOnError("no database was put aside"), 5),
    ],
)
def test_a_failure_has_its_exit_code_and_its_cure(played, command, error, code):
    played.outcome = error
    ended, document, _ = command("--undo", "--confirm", "scims")
    assert (ended, document["error"]["kind"]) == (code, type(error).__name__)
    assert document["error"]["cure"] == error.cure
