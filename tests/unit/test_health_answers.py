"""What `doctor` prints, its JSON, and its exit codes."""

import json

import pytest

from scims_backup.cli import session
from scims_backup.cli.main import run
from scims_backup.domain.health import Examined, State
from tests.support import cli_schemas

SECRET = "correct horse"
ENVIRONMENT = {
    "SCIMS_SOURCE": "scims-db",
    "SCIMS_SOURCE_URL": "postgresql://backup@db.example/scims",
    "SCIMS_CATALOG": "file:///backups/catalog",
    "SCIMS_VAULT": "restic:/backups/vault",
    "RESTIC_PASSWORD": SECRET,
}
FINE = Examined("connection", State.FINE, "scims-db", "scims at db.example:5432")
PROBLEM = Examined("pg-dump", State.PROBLEM, "this machine", "not here", "install it")
NOT_CHECKED = Examined("schedule", State.NOT_CHECKED, "the AWS stack", "no stack is named", "name it")


class FakeApplication:
    """An application whose examination is played; the stack that was asked for is noted."""

    examined: tuple[Examined, ...] = (FINE,)
    error: BaseException | None = None
    stack: str | None = None

    def __init__(self, settings, *_others, **_more):
        FakeApplication.stack = settings.stack

    def examine(self, unforeseen):
        if self.error is not None:
            unforeseen(self.error)
        return list(self.examined)


@pytest.fixture
def application(monkeypatch):
    monkeypatch.setattr(FakeApplication, "examined", (FINE,))
    monkeypatch.setattr(FakeApplication, "error", None)
    monkeypatch.setattr(session, "Application", FakeApplication)
    return FakeApplication


def _run(capsys, *arguments, **environment):
    code = run(["doctor", *arguments], ENVIRONMENT | environment)
    return code, *capsys.readouterr()


@pytest.mark.parametrize(
    ("examined", "code"),
    [((), 0), ((FINE,), 0), ((FINE, NOT_CHECKED), 0), ((NOT_CHECKED, PROBLEM, FINE), 1)],
)
def test_a_problem_makes_the_exit_code_1_and_what_was_not_checked_does_not(
    application, capsys, examined, code
):
    application.examined = examined
    assert _run(capsys)[0] == code
    ended, out, _ = _run(capsys, "--json")
    assert ended == code
    cli_schemas.check("doctor", json.loads(out))


def test_each_check_is_a_line_with_its_cure_below_and_all_are_counted(application, capsys):
    application.examined = (FINE, PROBLEM, NOT_CHECKED, PROBLEM)
    assert _run(capsys)[1].splitlines() == [
        "ok           connection  scims-db: scims at db.example:5432",
        "PROBLEM      pg-dump     this machine: not here",
        "    install it",
        "not checked  schedule    the AWS stack: no stack is named",
        "    name it",
        "PROBLEM      pg-dump     this machine: not here",
        "    install it",
        "2 problems, 1 fine, 1 not checked",
    ]
    application.examined = (PROBLEM,)
    assert _run(capsys)[1].endswith("\n1 problem, 0 fine, 0 not checked\n")


def test_json_tells_the_same(application, capsys):
    application.examined = (FINE, PROBLEM)
    document = json.loads(_run(capsys, "--json")[1])
    assert (document["problems"], document["fine"], document["not_checked"]) == (1, 1, 0)
    assert document["checks"][1] == {
        "check": "pg-dump",
        "state": "problem",
        "what": "this machine",
        "message": "not here",
        "cure": "install it",
    }


def test_the_stack_is_named_by_option_or_variable(application, capsys):
    for arguments, variables, stack in (
        (["--stack", "typed"], {"SCIMS_STACK": "set"}, "typed"),
        ([], {"SCIMS_STACK": "set"}, "set"),
        ([], {}, None),
    ):
        _run(capsys, *arguments, **variables)
        assert application.stack == stack


def test_a_traceback_of_what_nobody_foresaw_comes_only_when_asked_for_and_without_secrets(
    application, capsys
):
    application.error = ZeroDivisionError(f"with {SECRET}")
    assert "ZeroDivisionError" not in _run(capsys)[2]
    told = _run(capsys, "--debug")[2]
    assert "ZeroDivisionError" in told
    assert SECRET not in told
    assert "ZeroDivisionError" in _run(capsys, SCIMS_DEBUG="1")[2]


def test_names_do_not_steer_the_terminal(application, capsys):
    application.examined = (Examined("table-rights", State.PROBLEM, "x", "table \x1b[31m[red]x", "\x1b"),)
    out = _run(capsys)[1]
    assert "\x1b" not in out
    assert "\\x1b[31m[red]x" in out
