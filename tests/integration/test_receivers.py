"""What receivers get: real mails by SMTP, and Slack and healthchecks.io as they are addressed."""

import json
import re
import secrets
import sys
from dataclasses import replace
from email import message_from_bytes, policy
from io import StringIO
from typing import Any

import pytest

from scims_backup.adapters.notifiers import apprise_process, ping_process
from scims_backup.adapters.notifiers.apprise_receiver import AppriseReceiver
from scims_backup.adapters.notifiers.pings import OutsidePinger
from scims_backup.adapters.notifiers.reaching import behind_proxy, reach
from scims_backup.adapters.processes.children import child
from scims_backup.domain.alert import Mail
from scims_backup.domain.errors import NotifierError
from tests.support.receivers import Got, internet, mailbox
from tests.support.servers import free_port
from tests.support.shown_receivers import received, shown

TOKENS = ("T1JJ3T3L2", "A1BRTD4JD", "TIiajkdnlazkcOXrIdevi7FQ")
SLACK = f"slack://{'/'.join(TOKENS)}/#backups"
BODY = "DRILL FAILED (critical)\n\nSource: scims-db\n\nWhat to do:\n  *look* at <it> & \\n repeat\n"
MAIL = Mail("[CRITICAL] scims-db: drill failed", BODY, {"severity": "critical"})


def test_the_page_shows_what_each_got():
    assert shown() == received(), "run: python -m tests.support.shown_receivers"


@pytest.fixture
def world(tmp_path):
    with internet(tmp_path) as played:
        yield played


@pytest.fixture
def box(tmp_path):
    with mailbox("backup", f"pw-{secrets.token_hex(8)}", tmp_path) as mails:
        yield mails


def _address(box, password=None):
    server = f"{box.user}:{password or box.password}@127.0.0.1:{box.port}"
    return f"mailtos://{server}?from=scims@example.org&to=ops@example.org"


def test_an_smtp_server_gets_the_whole_mail_as_plain_text(box):
    assert AppriseReceiver(_address(box), "ops", box.environment).send(MAIL) == "E-Mail"
    (raw,) = box.mails
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Subject"] == MAIL.subject
    assert mail["To"] == "ops@example.org"
    assert "scims@example.org" in mail["From"]
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == BODY.rstrip("\n")


def test_slacks_webhook_gets_the_mail_in_its_own_form(world):
    assert AppriseReceiver(SLACK, "chat", world.environment).send(MAIL) == "Slack"
    (got,) = world.got
    assert got.url == f"https://hooks.slack.com/services/{'/'.join(TOKENS)}"
    said = json.loads(got.body)
    assert said["channel"] == "#backups"
    (attachment,) = said["attachments"]
    assert attachment["title"] == MAIL.subject
    assert (
        attachment["text"].rstrip()
        == BODY.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").rstrip()
    )


@pytest.mark.parametrize(
    ("url", "lines", "whole", "messages"),
    [
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", 200, True, 2),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", 2000, False, 1),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?overflow=truncate", 200, False, 1),
        ("pagerduty://abcdefghijklmnop@abcdefghijklmnop", 200, False, 1),
    ],
)
def test_a_long_mail_comes_in_parts_where_people_read_it_and_cut_elsewhere(
    world, url, lines, whole, messages
):
    body = "".join(f"this is line {number:04}.\n" for number in range(lines))
    AppriseReceiver(url, "chat", world.environment).send(replace(MAIL, body=body))
    arrived = [int(number) for got in world.got for number in re.findall(r"is line (\d{4})\.", got.body)]
    assert arrived == list(range(len(arrived)))
    assert (len(arrived) == lines, len(world.got)) == (whole, messages)


@pytest.mark.parametrize(
    ("url", "host", "said"),
    [
        (SLACK, "hooks.slack.com", "500"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "discord.com", "500"),
        ("ntfys://ntfy.example.org/a-secret-topic", "ntfy.example.org", "500"),
    ],
)
def test_a_service_that_answers_500_is_named_with_its_status_and_without_its_url(world, url, host, said):
    world.answers[host] = (500, "{}")
    with pytest.raises(NotifierError) as refused:
        AppriseReceiver(url, "chat", world.environment).send(MAIL)
    assert said in str(refused.value)
    assert not [
        part for part in re.split(r"[:/?#&=@]+", url)[1:] if len(part) > 5 and part in str(refused.value)
    ]


def test_a_refused_log_in_is_named_without_the_password(box):
    wrong = secrets.token_hex(8)
    with pytest.raises(NotifierError, match="E-Mail did not take it") as refused:
        AppriseReceiver(_address(box, wrong), "ops", box.environment).send(MAIL)
    assert wrong not in str(refused.value)
    assert box.mails == []


def test_a_receiver_that_nobody_listens_for_is_named():
    with pytest.raises(NotifierError, match="JSON did not take it: A Connection error"):
        AppriseReceiver(f"json://127.0.0.1:{free_port()}/path", "hook", {}).send(MAIL)


def test_a_receiver_that_hangs_is_given_up_after_the_patience(world):
    world.silent.add("hooks.slack.com")
    with pytest.raises(NotifierError, match=r"chat did not answer within 0\.01 seconds"):
        AppriseReceiver(SLACK, "chat", world.environment, patience_seconds=0.01).send(MAIL)


@pytest.mark.parametrize("url", ["nosuch://token-abcdef", "slack://only-one-token", "mailto://", "not a url"])
def test_a_url_that_cannot_be_used_is_refused_without_being_repeated(url):
    with pytest.raises(NotifierError, match="the URL of ops cannot be used") as refused:
        AppriseReceiver(url, "ops", {}).look()
    assert url not in str(refused.value)
    assert "token" not in str(refused.value).lower().replace("token (none)", "").replace(") token", "")


@pytest.mark.parametrize(
    ("url", "known"),
    [
        (SLACK, ("Slack", None, None)),
        ("json://hooks.example.org/a", ("JSON", "hooks.example.org", 80)),
        ("jsons://hooks.example.org/a", ("JSON", "hooks.example.org", 443)),
        ("mailtos://u:p@example.org?smtp=smtp.example.org", ("E-Mail", "smtp.example.org", 587)),
    ],
)
def test_the_service_and_the_server_of_a_url_are_known_without_sending(url, known):
    found = AppriseReceiver(url, "ops", {}).look()
    assert (found.service, found.host, found.port) == known


def test_the_process_that_sends_has_no_secret_of_the_backup(world, monkeypatch):
    """A URL of apprise's that tells what it can read would tell a stranger; here none is passed on."""
    environment = {
        **world.environment,
        "PGPASSWORD": "x",
        "RESTIC_PASSWORD": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    started: dict[str, Any] = {}

    def recorded(arguments, **options):
        started.update(options)
        return child(arguments, **options)

    monkeypatch.setattr("scims_backup.adapters.notifiers.outside.child", recorded)
    AppriseReceiver(SLACK, "chat", environment).send(MAIL)
    assert set(started["env"]) == {*world.environment, "PYTHONPATH"}


def test_healthchecks_gets_a_ping_and_what_it_says(world):
    with OutsidePinger(world.environment).sending(
        "https://hc-ping.com/uuid/fail", "drill: 3", "ping.drill"
    ) as wait:
        wait()
    assert world.got == [Got("POST", "https://hc-ping.com/uuid/fail", "drill: 3")]


@pytest.mark.parametrize(
    ("answer", "problem"), [((500, ""), "HTTP status 500"), ((404, "not found"), "HTTP status 404")]
)
def test_a_ping_that_is_refused_says_how_and_not_where(world, answer, problem):
    world.answers["hc-ping.com"] = answer
    pinger = OutsidePinger(world.environment)
    with (
        pinger.sending("https://hc-ping.com/a-secret", "", "ping.backup") as wait,
        pytest.raises(NotifierError, match=f"ping.backup did not take a ping: {problem}") as refused,
    ):
        wait()
    assert "a-secret" not in str(refused.value)


def test_a_ping_that_hangs_is_given_up_after_the_patience(world):
    world.silent.add("hc-ping.com")
    with (
        OutsidePinger(world.environment, 0.01).sending("https://hc-ping.com/u", "", "ping.backup") as wait,
        pytest.raises(NotifierError, match=r"did not answer within 0\.01 seconds"),
    ):
        wait()


def _answer(module, **question):
    """Run what runs in the process, in this one."""
    answered = StringIO()
    module.main(StringIO(json.dumps(question)), answered)
    return json.loads(answered.getvalue())


@pytest.mark.parametrize(("status", "sent"), [(200, True), (503, False)])
def test_the_process_answers_what_apprise_made_of_a_mail(world, status, sent):
    world.answers[""] = (status, "")
    question = {"title": "T", "body": "B", "severity": "error"}
    answer = _answer(apprise_process, url=f"json://{world.address}/hook", **question)
    assert (answer["service"], answer["sent"], bool(answer["said"])) == ("JSON", sent, not sent)
    (got,) = world.got
    said = json.loads(got.body)
    assert (got.url, said["title"], said["message"], said["type"]) == ("/hook", "T", "B", "failure")


@pytest.mark.parametrize(
    ("url", "service"),
    [(SLACK, "Slack"), ("jsons://h/a?format=html&overflow=truncate", "JSON"), ("x://y", None)],
)
def test_the_process_answers_what_a_url_is_of_and_sends_nothing(url, service):
    answer = _answer(apprise_process, url=url)
    assert (answer["service"], answer["sent"]) == (service, False)


@pytest.mark.parametrize(("path", "status", "problem"), [("/u", 200, ""), ("/u", 404, "HTTP status 404")])
def test_the_process_answers_how_a_ping_went(world, path, status, problem):
    world.answers[""] = (status, "")
    assert _answer(ping_process, url=f"http://{world.address}{path}", body="B") == {"problem": problem}
    assert world.got == [Got("POST", path, "B")]


def test_the_process_answers_why_a_ping_reached_nobody():
    address = f"http://127.0.0.1:{free_port()}/u"
    assert _answer(ping_process, url=address, body="") == {"problem": "ConnectionRefusedError"}


def test_a_process_that_cannot_be_started_is_a_refusal(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    with pytest.raises(NotifierError, match="no process can be started to speak to chat: No such file"):
        AppriseReceiver(SLACK, "chat", {}).send(MAIL)


def test_a_process_that_ends_without_an_answer_is_a_refusal(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(NotifierError, match="the process that speaks to chat ended with 1"):
        AppriseReceiver(SLACK, "chat", {}).send(MAIL)


def test_a_server_that_listens_can_be_reached_and_one_that_does_not_is_named(world):
    host, _, port = world.address.partition(":")
    reach(host, int(port))
    with pytest.raises(NotifierError, match=r"127\.0\.0\.1 cannot be reached on port"):
        reach("127.0.0.1", free_port())


@pytest.mark.parametrize(
    ("environment", "behind"),
    [({}, False), ({"https_proxy": ""}, False), ({"HTTPS_PROXY": "p"}, True), ({"all_proxy": "p"}, True)],
)
def test_a_proxy_is_seen_in_the_environment(environment, behind):
    assert behind_proxy(environment) is behind
