"""The function that enrols the escrow password: once, for a deployment or by hand; a dump never reads it."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from functions.dump.handler import handler as dump
from functions.enrol import handler as enrolling
from tests.support.cli import Cli
from tests.support.restic import ResticPlayground

EVENTS = Path(__file__).parents[2] / "events"
CONTEXT = SimpleNamespace(aws_request_id="7f", get_remaining_time_in_millis=lambda: 900_000)
ESCROW = "hunter2 in the envelope"
ANSWER = "https://cloudformation-custom-resource-response-eucentral1.s3.eu-central-1.amazonaws.com/answer"


class Vault:
    """A restic vault of a deployment, whose functions get their environment from this process."""

    def __init__(self, folder, repository, monkeypatch):
        self.place = ResticPlayground(folder)
        if repository:
            shutil.copytree(repository, self.place.repository)
        self.password, self.escrow = folder / "password", folder / "escrow"
        self.password.write_text(self.place.environment["RESTIC_PASSWORD"])
        self.escrow.write_text(ESCROW)
        self._monkeypatch = monkeypatch
        self.settings = {"SCIMS_SOURCE": "scims-db", "SCIMS_SETTINGS": self._document("restic:")}
        for name, value in {**self.place.environment, **self.settings}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("RESTIC_PASSWORD")

    def _document(self, kind):
        return f"""
            catalog = "file://{self.place.repository.parent}/catalog"
            [sources.scims-db]
            vault = "{kind}{self.place.repository}"
            vault_secret = "file:{self.password}"
            escrow_secret = "file:{self.escrow}"
        """

    def dumps_with(self, url, **variables):
        """Take a backup as the function does, and return its outcome."""
        for name, value in {"SCIMS_SOURCE_URL": url, "SCIMS_ESCROW_BY": "scims-enrol", **variables}.items():
            self._monkeypatch.setenv(name, value)
        return dump({}, CONTEXT)

    def users(self):
        listed = json.loads(self.place.restic("key", "list", "--json", "--no-lock"))
        return [key["userName"] for key in listed]

    def opens_with_escrow(self):
        environment = {**self.place.environment, "RESTIC_PASSWORD": ESCROW}
        return self.place.vault(environment=environment).archives() == []


@pytest.fixture
def vault(tmp_path, prepared_repository, monkeypatch):
    return Vault(tmp_path, prepared_repository, monkeypatch)


@pytest.fixture
def answers(monkeypatch):
    """What CloudFormation is answered, in order."""
    sent = []

    def urlopen(request, timeout):
        assert 0 < timeout < 60
        assert (request.get_method(), request.get_header("Content-type")) == ("PUT", "")
        assert request.full_url.startswith(ANSWER)
        sent.append(json.loads(request.data))
        return SimpleNamespace(close=lambda: None)

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    return sent


def by_hand():
    return enrolling.handler(json.loads((EVENTS / "enrol.json").read_text()), CONTEXT)


def for_stack(kind="Create", sleeps=None):
    event = {**json.loads((EVENTS / "enrol-create.json").read_text()), "RequestType": kind}
    waited = [] if sleeps is None else sleeps
    return enrolling._for_stack(event, CONTEXT, waited.append)


def test_by_hand_it_enrols_and_a_second_time_it_reads_nothing(vault):
    assert by_hand() == {"outcome": "enrolled"}
    assert vault.opens_with_escrow()
    vault.escrow.unlink()
    assert by_hand() == {"outcome": "already enrolled"}
    assert vault.users().count("scims-backup-escrow") == 1


def test_an_empty_vault_is_initialised_first(tmp_path, monkeypatch):
    empty = Vault(tmp_path, None, monkeypatch)
    assert by_hand() == {"outcome": "enrolled"}
    assert empty.opens_with_escrow()


def test_a_deployment_enrols_and_is_answered(vault, answers):
    for_stack("Create")
    assert vault.opens_with_escrow()
    (answer,) = answers
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Outcome": "enrolled"})
    assert answer["PhysicalResourceId"].endswith("5f0c2a10-c7a1-11f0-9a3c-0a58a9feac02/EscrowEnrolment")
    assert (answer["RequestId"][:8], answer["LogicalResourceId"]) == ("8f3b2c1d", "EscrowEnrolment")


@pytest.mark.usefixtures("vault")
def test_an_update_of_a_stack_that_enrolled_long_ago_changes_nothing(answers):
    by_hand()
    for kind in ("Create", "Update"):
        for_stack(kind)
    assert [answer["Data"] for answer in answers] == [{"Outcome": "already enrolled"}] * 2


def test_deleting_the_stack_touches_no_vault(vault, answers):
    vault.place.remove()
    for_stack("Delete")
    assert answers[0]["Status"] == "SUCCESS"
    assert not vault.place.repository.exists()


def test_a_right_that_comes_late_is_waited_for(vault, answers):
    vault.escrow.unlink()
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        if len(waits) == 2:
            vault.escrow.write_text(ESCROW)

    event = json.loads((EVENTS / "enrol-create.json").read_text())
    assert enrolling._for_stack(event, CONTEXT, sleep)["Data"] == {"Outcome": "enrolled"}
    assert len(waits) == 2
    assert len(answers) == 1


def test_what_stays_refused_fails_no_deployment_and_its_output_says_why(vault, answers):
    vault.escrow.unlink()
    waits: list[float] = []
    for_stack(sleeps=waits)
    assert 30 < sum(waits) < 120
    (answer,) = answers
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Outcome"].startswith("failed: ")
    assert str(vault.escrow) in answer["Data"]["Outcome"]


def test_what_nobody_foresaw_is_answered_too(answers, monkeypatch):
    def broken(*_arguments):
        raise KeyError(ESCROW)

    monkeypatch.setattr("functions.enrol.handler.resolve", broken)
    for_stack()
    assert answers[0]["Data"] == {"Outcome": "failed: KeyError: unforeseen"}


@pytest.mark.parametrize(
    ("what", "says"),
    [("s3://scims-archives", "only a restic vault"), ("", "not configured to have an escrow")],
)
def test_where_there_is_nothing_to_enrol_it_says_so(vault, monkeypatch, what, says):
    document = vault.settings["SCIMS_SETTINGS"].splitlines()
    without = [line for line in document if "escrow_secret" not in line]
    if what:
        without = [line for line in without if "vault" not in line] + [f'vault = "{what}"']
    monkeypatch.setenv("SCIMS_SETTINGS", "\n".join(without))
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    outcome = by_hand()
    assert outcome["outcome"] == "failed"
    assert says in outcome["message"]


def test_a_dump_does_not_read_the_escrow_password_and_says_who_adds_it(vault, database):
    vault.escrow.unlink()
    outcome = vault.dumps_with(database.url)
    assert outcome["outcome"] == "failed"
    assert "does not have the escrow password" in outcome["message"]
    assert "invoke the function scims-enrol" in outcome["message"]
    assert not list(vault.place.catalog.keys("manifests/"))
    assert any("-BackupFailed-" in key for key in vault.place.catalog.keys("events/"))
    assert vault.users() == vault.users()[:1]


def test_a_dump_goes_on_once_it_is_enrolled(vault, database):
    by_hand()
    vault.escrow.unlink()
    assert vault.dumps_with(database.url)["outcome"] == "completed"


def test_who_backs_up_by_the_command_line_still_enrols(vault, database):
    environment = {**vault.place.environment, **vault.settings, "SCIMS_SOURCE_URL": database.url}
    environment.pop("RESTIC_PASSWORD")
    assert Cli(environment).run("backup").code == 0
    assert "scims-backup-escrow" in vault.users()
