"""The command line with use cases that are played: answers, JSON, exit codes, failures."""

import json
import os
import re
import signal
from contextlib import contextmanager

import pytest
from rich.console import Console

from scims_backup.cli import session
from scims_backup.cli.exits import Exit
from scims_backup.cli.main import main, run
from scims_backup.domain import errors, keys
from scims_backup.domain.questions import Questions
from scims_backup.domain.retention import Policy
from scims_backup.domain.status import Watched, judged
from scims_backup.domain.verdict import Finding, Report, Verdict
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.backups.watch_sizes import SizesCompared
from scims_backup.usecases.drills.run_drill import Drilled
from scims_backup.usecases.reports.checklist import ReadChecklist
from scims_backup.usecases.reports.list_backups import ListBackups
from scims_backup.usecases.reports.read_status import ReadStatus
from tests.fakes import MemoryCatalog, a_manifest, a_report, put_backup, put_drill
from tests.support import cli_schemas
from tests.unit.usecases.checklisting import NOW, Records

SECRET = "correct horse"
ENVIRONMENT = {
    "SCIMS_SOURCE": "scims-db",
    "SCIMS_SOURCE_URL": "postgresql://backup@db.example/scims",
    "SCIMS_CATALOG": "file:///backups/catalog",
    "SCIMS_VAULT": "restic:/backups/vault",
    "RESTIC_PASSWORD": SECRET,
}
VERDICTS = [(Verdict.PASSED, 0), (Verdict.FAILED, 3), (Verdict.INCONCLUSIVE, 4)]
COMMANDS = [
    ["backup"],
    ["list"],
    ["show"],
    ["verify"],
    ["drill"],
    ["compare", "--target-url", "postgresql:///x"],
    ["checklist"],
]


class Played:
    """A use case that returns, or raises, what it was given; or does something first."""

    def __init__(self, outcome):
        self._outcome = outcome

    def run(self, *_arguments):
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome() if callable(self._outcome) else self._outcome


class FakeApplication:
    """Use cases on an in-memory catalog; `outcome` is what everything but listing comes to."""

    outcome = None
    watched = SizesCompared()
    catalog = MemoryCatalog()

    questions = Questions()
    engines = None

    def __init__(self, settings, *_others, engines):
        self._settings = settings
        FakeApplication.engines = engines

    def list_backups(self):
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return ListBackups(self.catalog)

    def chosen(self):
        return self.list_backups().choose(self._settings.source, self._settings.selector)

    def checklist(self):
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return ReadChecklist(Watched(self._settings.source), self.catalog, ENGINES, Policy(daily=30)).run(NOW)

    def _played(self, *_manifest):
        return Played(self.outcome)

    take_backup = run_drill = compare_database = verify_backup = _played

    def judged(self):
        return judged(ReadStatus(self.catalog, Watched(self._settings.source)).run(NOW))

    def renew_summary(self):
        pass

    def watch_sizes(self, _backup):
        return self.watched

    def target(self, _manifest, *, show_names):  # noqa: ARG002  part of the call
        return None

    def target_name(self, _manifest):
        return "x on the local socket"


@pytest.fixture
def application(monkeypatch):
    monkeypatch.setattr(FakeApplication, "catalog", MemoryCatalog())
    monkeypatch.setattr(FakeApplication, "outcome", None)
    monkeypatch.setattr(session, "Application", FakeApplication)
    return FakeApplication


@pytest.fixture
def with_backup(application):
    put_backup(application.catalog, a_manifest())
    return application


def _run(capsys, *arguments, environment=ENVIRONMENT):
    code = run(list(arguments), environment)
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    return code, out, err


def _json(capsys, *arguments, schema=None):
    code, out, err = _run(capsys, *arguments, "--json")
    document = json.loads(out)
    cli_schemas.check(schema or arguments[0], document)
    return code, document, err


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_progress_has_ended_before_the_answer_is_written(application, monkeypatch, command):
    happened = []

    @contextmanager
    def watching(_quiet, _invocation):
        yield None
        happened.append("progress ended")

    class Recorded(Console):
        def print(self, *_written, **_how):
            happened.append("written")

    outcomes = {"backup": a_manifest(), "drill": Drilled("20261123T030000Z", a_report(Verdict.PASSED))}
    application.outcome = outcomes.get(command[0], a_report(Verdict.PASSED))
    _records(application)
    monkeypatch.setattr(session, "watching", watching)
    monkeypatch.setattr(session, "Console", Recorded)
    run(command, ENVIRONMENT)
    assert happened[:2] == ["progress ended", "written"]


def test_backup_tells_its_id_and_ends_with_0(application, capsys):
    application.outcome = a_manifest()
    code, document, _ = _json(capsys, "backup")
    assert (code, document["id"], document["bytes"]) == (0, "scims-db-20261122T020000Z", 1_663_000_000)
    code, out, _ = _run(capsys, "backup")
    assert (code, "1.7 GB" in out, "42 s" in out) == (0, True, True)


def test_what_is_odd_about_a_backup_is_a_warning_on_standard_error_and_no_failure(
    application, capsys, monkeypatch
):
    application.outcome = a_manifest()
    watched = SizesCompared(
        a_manifest().backup, described=["500 rows, \x1b there were 5000"], problems=["m.json is damaged"]
    )
    monkeypatch.setattr(application, "watched", watched)
    code, document, err = _json(capsys, "backup", "--quiet")
    assert (code, len(document["anomalies"])) == (0, 2)
    assert "scims-backup: warning: 500 rows, \\x1b there were 5000\n" in err
    assert "warning: sizes and rows are not compared with this: m.json is damaged" in err


@pytest.mark.parametrize("start", [main, run], ids=["main", "run"])
def test_the_engines_that_the_program_is_given_reach_its_commands(application, monkeypatch, start):
    engines = ENGINES.with_engine(ENGINES.all()[0])
    monkeypatch.setattr("os.environ", dict(ENVIRONMENT))
    if start is main:
        with pytest.raises(SystemExit):
            main(["list"], engines)
    else:
        run(["list"], ENVIRONMENT, engines)
    assert application.engines is engines


@pytest.mark.usefixtures("application")
def test_a_process_loses_the_variables_that_no_connection_may_find_in_it(monkeypatch, capsys):
    process = {**ENVIRONMENT, "PGHOSTADDR": "192.0.2.1"}
    monkeypatch.setattr("os.environ", process)
    with pytest.raises(SystemExit) as ended:
        main(arguments=["list"])
    assert ended.value.code == 0, capsys.readouterr().err
    assert process == ENVIRONMENT


@pytest.mark.usefixtures("application")
def test_an_environment_that_is_passed_stays_as_it_is():
    environment = {**ENVIRONMENT, "PGHOSTADDR": "192.0.2.1"}
    run(["list"], environment)
    assert "PGHOSTADDR" in environment


@pytest.mark.usefixtures("application")
def test_an_empty_list_is_no_failure(capsys):
    assert _json(capsys, "list")[:2] == (0, [])
    assert _run(capsys, "list")[:2] == (0, "source scims-db has no backup yet\n")


def test_list_shows_every_backup_with_its_verdict(with_backup, capsys):
    put_drill(with_backup.catalog, a_manifest().backup, "20261123T030000Z", Verdict.PASSED)
    code, document, _ = _json(capsys, "list")
    assert (code, [one["verdict"] for one in document]) == (0, ["passed"])
    out = _run(capsys, "list")[1]
    assert re.search(r"scims-db-20261122T020000Z +1\.7 GB +passed", out)


def test_list_with_a_damaged_manifest_lists_the_others_and_ends_with_1(with_backup, capsys):
    damaged = a_manifest("20261121T020000Z").backup
    with_backup.catalog.put_new(keys.manifest(damaged), b"{")
    code, document, _ = _json(capsys, "list")
    assert code == Exit.FAILED
    assert [("error" in one, "bytes" in one) for one in document] == [(True, False), (False, True)]
    out = _run(capsys, "list")[1]
    assert "scims-db-20261121T020000Z" in out
    assert "is damaged: it is not JSON" in out


def test_show_tells_drills_and_findings(with_backup, capsys):
    put_drill(with_backup.catalog, a_manifest().backup, "20261123T030000Z", Verdict.FAILED)
    code, document, _ = _json(capsys, "show")
    assert (code, document["verdict"], document["drills"][0]["name"]) == (0, "failed", "20261123T030000Z")
    out = _run(capsys, "show")[1]
    assert "table public.item_stocks: 41 rows expected, 40 found" in out


@pytest.mark.usefixtures("with_backup")
def test_verify_says_that_the_archive_is_intact(capsys):
    code, document, _ = _json(capsys, "verify")
    assert (code, document["verified"]) == (0, True)
    assert _run(capsys, "verify")[1].startswith("intact  scims-db-20261122T020000Z")


def test_a_drill_says_what_it_compared(with_backup, capsys):
    compared = {"tables": 7, "rows": 270_435, "large_objects": 0, "sequences": 1}
    with_backup.outcome = Drilled("20261122T030000Z", Report(Verdict.PASSED, compared=compared))
    _, out, _ = _run(capsys, "drill")
    assert "compared: 7 tables, 270,435 rows, 1 sequence\n" in out


@pytest.mark.parametrize(("verdict", "code"), VERDICTS)
def test_a_drill_s_verdict_is_its_exit_code(with_backup, capsys, verdict, code):
    with_backup.outcome = Drilled("20261123T030000Z", a_report(verdict))
    ended, document, _ = _json(capsys, "drill")
    assert (ended, document["verdict"], document["drill"]) == (code, verdict, "20261123T030000Z")
    assert _run(capsys, "drill")[1].startswith(verdict)


@pytest.mark.parametrize(("verdict", "code"), VERDICTS)
def test_a_comparison_s_verdict_is_its_exit_code(with_backup, capsys, verdict, code):
    with_backup.outcome = a_report(verdict)
    arguments = ["compare", "newest", "--target-url", "postgresql://u@db/x"]
    ended, document, _ = _json(capsys, *arguments)
    assert (ended, document["verdict"], document["drill"]) == (code, verdict, None)


def _records(application):
    records = Records()
    records.catalog = application.catalog
    return records.as_it_should_be()


def test_a_checklist_in_which_every_line_is_yes_ends_with_0(application, capsys):
    _records(application)
    code, document, _ = _json(capsys, "checklist")
    assert (code, document["state"]) == (0, "yes")
    assert document["drill"] == {"backup": document["backup"], "name": "20261122T040000Z"}
    code, out, _ = _run(capsys, "checklist")
    assert code == 0
    assert "Restore  drill 20261122T040000Z of scims-db-20261122T020000Z\n" in out
    assert "yes      Every table exists\n" in out
    assert "20261122T040000Z/report.json: 41 tables\n" in out


def test_a_checklist_with_a_no_ends_with_3_and_says_what_to_do(application, capsys):
    lost = Finding("table-missing", "table public.\x1bitems", "present", "missing")
    _records(application).drilled(lost, compared={"tables": 7})
    code, document, _ = _json(capsys, "checklist")
    assert (code, document["state"]) == (3, "no")
    code, out, _ = _run(capsys, "checklist")
    assert code == 3
    assert "no       Every table exists\n" in out
    assert "table public.\\x1bitems: present expected, missing found\n" in out
    assert "→ see the report's findings, then drill another backup\n" in out


def test_a_checklist_of_which_something_is_not_known_ends_with_4(application, capsys):
    _records(application).without_drills()
    code, document, _ = _json(capsys, "checklist")
    assert (code, document["state"], document["drill"]) == (4, "unknown", None)
    code, out, _ = _run(capsys, "checklist")
    assert (code, "Restore  no conclusive drill yet\n" in out) == (4, True)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.VaultFullError(f"the vault is full; {SECRET}", f"delete {SECRET}"), 1),
        (errors.UsageError("wrong"), 2),
        (errors.NothingToWorkOnError("nothing"), 5),
        (ZeroDivisionError(SECRET), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failure_is_told_and_has_its_exit_code(with_backup, capsys, command, error, code):
    with_backup.outcome = error
    ended, document, err = _json(capsys, *command, schema="error")
    assert ended == code
    assert document["error"]["kind"] == type(error).__name__
    assert err.startswith("scims-backup: ")
    assert "Traceback" not in err


@pytest.mark.usefixtures("application")
@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if one[0] not in {"backup", "list"}], ids=lambda one: one[0]
)
def test_nothing_to_work_on_is_5(capsys, command):
    assert _json(capsys, *command, schema="error")[0] == Exit.NOTHING_TO_WORK_ON


def test_a_traceback_comes_only_when_asked_for_and_without_secrets(with_backup, capsys):
    with_backup.outcome = ZeroDivisionError(SECRET)
    assert "Traceback" in _run(capsys, "drill", "--debug")[2]
    assert "Traceback" in _run(capsys, "drill", environment=ENVIRONMENT | {"SCIMS_DEBUG": "1"})[2]


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["backup", "--level", "half"], ["compare"], ["list", "--no-such"], ["backup", "extra"]],
    ids=" ".join,
)
def test_wrong_usage_is_2_and_an_object_for_scripts(capsys, arguments):
    assert _json(capsys, *arguments, schema="error")[0] == Exit.WRONG_USAGE


def test_wrong_usage_does_not_repeat_a_password(capsys):
    assert "hunter2" not in "".join(map(str, _run(capsys, "list", "postgresql://u:hunter2@db/x")))


def test_missing_settings_are_2_and_told_at_once(capsys):
    code, _, err = _run(capsys, "backup", environment={})
    assert code == Exit.WRONG_USAGE
    for name in ("SCIMS_SOURCE", "SCIMS_SOURCE_URL", "SCIMS_CATALOG", "SCIMS_VAULT", "RESTIC_PASSWORD"):
        assert name in err


def test_no_command_shows_the_help_and_ends_with_2(capsys):
    code, out, _ = _run(capsys)
    assert (code, "Usage" in out) == (Exit.WRONG_USAGE, True)


def test_help_and_version_end_with_0(capsys):
    assert _run(capsys, "--help")[0] == 0
    assert re.fullmatch(r"scims-backup \d+\.\d+\.\d+\S*\n", _run(capsys, "--version")[1])


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_with_128_and_its_number(with_backup, capsys, number, code):
    with_backup.outcome = staticmethod(lambda: os.kill(os.getpid(), number))
    ended, document, _ = _json(capsys, "drill", schema="error")
    assert (ended, document["error"]["kind"]) == (code, "InterruptedOperationError")


def test_a_second_signal_does_not_break_the_teardown(with_backup, capsys):
    torn_down = []

    def operation():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            torn_down.append(True)

    with_backup.outcome = staticmethod(operation)
    assert _run(capsys, "drill")[0] == 143
    assert torn_down == [True]


@pytest.mark.usefixtures("with_backup")
def test_handlers_of_signals_are_put_back(capsys):
    before = signal.getsignal(signal.SIGTERM)
    _run(capsys, "list")
    assert signal.getsignal(signal.SIGTERM) == before


def test_names_do_not_steer_the_terminal(with_backup, capsys):
    report = a_report(Verdict.INCONCLUSIVE)
    with_backup.outcome = Drilled("d", type(report)(Verdict.INCONCLUSIVE, reason="table \x1b[31m[red]x"))
    out = _run(capsys, "drill")[1]
    assert "\x1b" not in out
    assert "\\x1b[31m[red]x" in out


def test_logs_are_json_when_asked_for(with_backup, capsys):
    with_backup.outcome = errors.VaultFullError(f"full {SECRET}")
    err = _run(capsys, "verify", environment=ENVIRONMENT | {"SCIMS_LOG": "json"})[2]
    lines = [json.loads(line) for line in err.splitlines()]
    assert lines[-1]["kind"] == "VaultFullError"


def test_every_kind_of_error_is_documented_with_its_exit_code():
    documented = dict(
        re.findall(r"^\| `(\w+Error)` \| ([^|]+) \|", cli_schemas.DOCUMENT.read_text(), re.MULTILINE)
    )
    known = {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.UnderstoodError)
    }
    assert set(documented) == set(known) - {"UnderstoodError", "ScimsBackupError"}
    assert {name for name, code in documented.items() if code == "2"} == {"UsageError"}
    assert {name for name, code in documented.items() if code == "5"} == {"NothingToWorkOnError"}
