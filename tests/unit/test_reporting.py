"""What happens around a run that is reported: in which order, and what fails without failing the run."""

import sys
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from scims_backup.cli import session as sessions
from scims_backup.cli.invocation import Invocation, Output
from scims_backup.cli.reporting import reporting
from scims_backup.cli.request import Request
from scims_backup.cli.session import Session
from scims_backup.domain.errors import (
    CatalogError,
    InterruptedOperationError,
    NothingToWorkOnError,
    NotifierError,
    SecretError,
    UsageError,
    VaultFullError,
    mark_recorded,
)
from scims_backup.runtime.logs import Redactor

PING = '[ping]\nbackup = "https://ping.example.org"\n'
NOTIFY = '[notify.ops]\nurl = "env:OPS"\n'


@dataclass
class Played:
    """The use cases. done: what was asked of them; fails: what one of them raises."""

    done: list[str] = field(default_factory=list)
    fails: dict[str, BaseException] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def do(self, name):
        self.done.append(name)
        if name.partition(":")[0] in self.fails:
            raise self.fails[name.partition(":")[0]]

    @contextmanager
    def ping(self, command, signal, says):
        assert command == "backup"
        self.do(f"ping {signal}".rstrip() + (f": {says}" if says else ""))
        yield lambda: self.do(f"waited {signal}".rstrip())

    def notify(self):
        return self

    def run(self):
        self.do("notify")

    def send_unrecorded(self, _event):
        self.do("sent unrecorded")

    def record_unrecorded(self, kind, failure, _of):
        self.do(f"record {kind}: {failure.message}")


@pytest.fixture
def played(monkeypatch):
    played = Played()
    monkeypatch.setattr(sessions, "Application", lambda *_, **__: played)
    # Notify.run is called on what notify() returns
    monkeypatch.setattr("scims_backup.cli.reporting.Notify", Played)
    return played


def _session(document=PING + NOTIFY, reported_as="backup", *, debug=False):
    environment = {"SCIMS_SETTINGS": f'catalog = "file:///c"\n{document}', "SCIMS_SOURCE": "db"}
    request = Request(lambda _: None, output=Output(debug=debug), reported_as=reported_as)  # type: ignore[arg-type,return-value]
    return Session(request, Invocation(environment, Redactor()))


def _report(session, code=0, error=None):
    with reporting(session) as report:
        if error:
            raise error
        report.code = code


SUCCEEDED = ["ping start", "waited start", "ping: backup of db: exit code 0", "waited", "notify"]
FAILED = ["ping start", "waited start", "ping fail: backup of db: exit code 3", "waited fail", "notify"]


@pytest.mark.parametrize(("code", "done"), [(0, SUCCEEDED), (3, FAILED)])
def test_a_run_is_surrounded_by_pings_in_their_order_and_notified_at_last(played, code, done):
    _report(_session(), code)
    assert played.done == done


@pytest.mark.parametrize(
    ("document", "reported_as", "done"),
    [
        (PING, "backup", SUCCEEDED[:4]),
        (NOTIFY, "backup", SUCCEEDED[4:]),
        (PING + NOTIFY, "verify", SUCCEEDED[4:]),
        (PING, "verify", []),
        ("", "backup", []),
        (PING + NOTIFY, "", []),
        ("unknown = 1\n", "backup", []),
    ],
)
def test_only_what_the_settings_name_is_done(played, document, reported_as, done):
    _report(_session(document, reported_as))
    assert played.done == done


@pytest.mark.parametrize(
    ("error", "recorded"),
    [
        (VaultFullError("it is full", "add room"), ["record BackupFailed: it is full"]),
        (ZeroDivisionError("a secret"), ["record BackupFailed: unexpected ZeroDivisionError"]),
        (InterruptedOperationError("stopped by SIGTERM"), []),
    ],
)
def test_an_error_goes_on_after_it_was_reported(played, error, recorded):
    with pytest.raises(type(error)):
        _report(_session(), error=error)
    assert played.done[:1] + played.done[-3:] == ["ping start", played.done[-3], "waited fail", "notify"]
    assert played.done[-3].startswith(f"ping fail: backup of db: {type(error).__name__}: ")
    assert played.done[1:-4] == recorded
    assert "a secret" not in "".join(played.done)


@pytest.mark.parametrize(("terminal", "recorded"), [(True, 0), (False, 1)])
@pytest.mark.parametrize("error", [UsageError("nonsense"), NothingToWorkOnError("no backup")])
def test_a_mistake_in_a_command_is_recorded_unless_a_person_reads_it(
    played, monkeypatch, error, terminal, recorded
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    with pytest.raises(type(error)):
        _report(_session(), error=error)
    assert len([one for one in played.done if one.startswith("record")]) == recorded
    assert played.done[-1] == "notify"


def test_an_error_that_the_catalog_does_not_take_is_sent_without_it(played):
    played.record_unrecorded = lambda *_: "an event"
    with pytest.raises(VaultFullError):
        _report(_session(), error=VaultFullError("it is full"))
    assert played.done[1] == "sent unrecorded"


def test_an_error_that_an_event_records_is_not_recorded_again(played):
    error = VaultFullError("it is full")
    mark_recorded(error, "events/x")
    with pytest.raises(VaultFullError):
        _report(_session(), error=error)
    assert not [one for one in played.done if one.startswith("record")]


@pytest.mark.parametrize(
    ("fails", "warning"),
    [
        ({"ping start": SecretError("it is gone", "bring it")}, "it is gone (bring it)"),
        ({"waited start": NotifierError("no answer")}, "no answer"),
        ({"ping": UsageError("no URL")}, "no URL"),
        ({"waited": NotifierError("HTTP 500")}, "HTTP 500"),
        ({"notify": CatalogError("unreachable")}, "unreachable"),
        ({"notify": ZeroDivisionError("a secret")}, "unexpected ZeroDivisionError while reporting the run"),
    ],
)
def test_what_fails_around_a_run_is_a_warning_and_keeps_nothing_else_from_it(played, capsys, fails, warning):
    played.fails = fails
    _report(_session())
    assert capsys.readouterr().err == f"scims-backup: warning: {warning}\n"
    assert played.done[-1] == "notify"


def test_the_traceback_of_what_nobody_foresaw_is_shown_if_that_is_wanted(played, capsys):
    played.fails = {"notify": ZeroDivisionError("why")}
    _report(_session(debug=True))
    assert "ZeroDivisionError: why" in capsys.readouterr().err


def test_what_was_not_sent_is_a_warning_though_the_rest_fails(played, capsys):
    played.problems, played.fails = ["ops was not notified"], {"notify": CatalogError("unreachable")}
    _report(_session())
    assert capsys.readouterr().err.splitlines() == [
        "scims-backup: warning: ops was not notified",
        "scims-backup: warning: unreachable",
    ]
