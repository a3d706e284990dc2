"""Notifications and pings of runs on the command line: what receivers get, and what fails no run."""

import json
import shutil

import pytest

from tests.support import cli_schemas
from tests.support.arguments import Watch
from tests.support.receivers import internet
from tests.support.sqlite_files import cli_with_sqlite, fill, program_with_sqlite, settings

TOKEN = "TIiajkdnlazkcOXrIdevi7FQ"
SLACK = f"slack://T1JJ3T3L2/A1BRTD4JD/{TOKEN}/"
SLACK_HOST, NTFY_HOST, PING_HOST = "hooks.slack.com", "ntfy.example.org", "hc-ping.com"
PRUNE_PING = "https://hc-ping.com/prune-0f6f1d2c?create=1"
DOCUMENT = """
[notify.chat]
url = "env:CHAT_URL"

[notify.phone]
url = "file:phone-url"
severities = ["critical"]

[ping]
backup = "https://hc-ping.com/{source}-backup"
drill = "https://hc-ping.com/{source}-drill"
prune = "env:PRUNE_PING"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    directory = tmp_path_factory.mktemp("notify")
    fill(directory / "live")
    (directory / "scims.toml").write_text(DOCUMENT)
    (directory / "phone-url").write_text("ntfys://ntfy.example.org/a-secret-topic\n")
    return directory


@pytest.fixture(scope="module")
def environment(home):
    bare = settings(home, home / "live")
    assert cli_with_sqlite(bare).run("backup").code == 0
    return {
        **bare,
        "SCIMS_CONFIG": str(home / "scims.toml"),
        "CHAT_URL": SLACK,
        "PRUNE_PING": PRUNE_PING,
    }


@pytest.fixture
def world(tmp_path):
    with internet(tmp_path) as played:
        yield played


@pytest.fixture
def catalog(environment, tmp_path):
    """Give a catalog of this test's own, in which is a backup, beside the vault of all."""
    return shutil.copytree(environment["SCIMS_CATALOG"].removeprefix("file://"), tmp_path / "catalog")


@pytest.fixture
def surroundings(environment, world, catalog):
    return {**environment, **world.environment, "SCIMS_CATALOG": f"file://{catalog}"}


@pytest.fixture
def cli(surroundings):
    return cli_with_sqlite(surroundings)


def _pings(world):
    return [(got.url, got.body) for got in world.got if PING_HOST in got.url]


def _mails(world, host=SLACK_HOST):
    return [json.loads(got.body) for got in world.got if host in got.url]


def _titles(world):
    return [mail["attachments"][0]["title"] for mail in _mails(world)]


def _fail(cli, **environment):
    ended = cli.run("backup", SCIMS_SOURCE_URL="sqlite:///nonexistent", **environment)
    assert ended.code == 1, ended.err
    return ended


def _doctor(cli, check):
    ended = cli.run("doctor", "--json")
    cli_schemas.check("doctor", ended.document)
    return [one for one in ended.document["checks"] if one["check"] == check]


def test_a_backup_pings_when_it_starts_and_when_it_is_done_and_notifies_nobody(cli, world):
    ended = cli.run("backup", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert _pings(world) == [
        ("https://hc-ping.com/shop-backup/start", ""),
        ("https://hc-ping.com/shop-backup", "backup of shop: exit code 0"),
    ]
    assert len(world.got) == 2


def test_a_backup_that_fails_pings_why_and_notifies_once(cli, world):
    _fail(cli)
    (start, fail) = _pings(world)
    assert start == ("https://hc-ping.com/shop-backup/start", "")
    assert fail[0] == "https://hc-ping.com/shop-backup/fail"
    assert fail[1].startswith("backup of shop: Source")
    (mail,) = _mails(world)
    (attachment,) = mail["attachments"]
    assert attachment["title"].startswith("[ERROR] shop: backup failed: ")
    assert "What to do:" in attachment["text"]
    assert _mails(world, NTFY_HOST) == []  # it is not critical
    cli.run("verify")
    assert len(_mails(world)) == 1


def test_what_a_receiver_did_not_take_is_a_warning_and_in_doctor_and_sent_by_the_next_run(cli, world):
    world.answers[SLACK_HOST] = (500, "no_service")
    ended = _fail(cli)
    assert "warning: receiver chat was not notified of events/" in ended.err
    assert "Slack did not take it" in ended.err
    assert cli.run("notify").code == 1
    (unsent,) = _doctor(cli, "unsent-notifications")
    assert (unsent["state"], unsent["what"]) == ("problem", "chat")
    assert unsent["message"] == "1 event of the last days not sent"
    world.answers.clear()
    world.got.clear()
    sent = cli.run("notify", "--json")
    cli_schemas.check("notify", sent.document)
    assert sent.code == 0
    ((one,), problems) = sent.document["notifications"], sent.document["problems"]
    assert (one["receiver"], one["sent"], one["answer"], problems) == ("chat", True, "Slack", [])
    assert one["event"].startswith("events/")
    assert len(_mails(world)) == 1
    assert cli.run("notify").out == "nothing to send\n"
    assert [one["state"] for one in _doctor(cli, "unsent-notifications")] == ["fine"]


def test_the_next_run_sends_what_a_killed_one_did_not(cli, world):
    _fail(cli, SCIMS_CONFIG="")  # nobody is notified, as by a run that is killed right after its event
    assert world.got == []
    assert cli.run("verify").code == 0
    assert [title.partition(":")[0] for title in _titles(world)] == ["[ERROR] shop"]


def test_a_failure_that_the_catalog_does_not_take_is_sent_all_the_same(cli, world, catalog):
    shutil.rmtree(catalog)
    catalog.write_text("this is no folder")
    assert cli.run("backup").code == 1
    (mail,) = [mail["attachments"][0] for mail in _mails(world)]
    assert mail["title"].startswith("[ERROR] shop: backup failed: ")
    assert "Recorded: no, the catalog did not take it" in mail["text"]


def test_settings_that_are_missing_notify_where_nobody_reads_them(cli, world):
    assert cli.run("backup", RESTIC_PASSWORD_FILE="").code == 2
    assert [url for url, _ in _pings(world)] == [
        "https://hc-ping.com/shop-backup/start",
        "https://hc-ping.com/shop-backup/fail",
    ]
    assert _titles(world) == ["[ERROR] shop: backup failed: the vault's password is not set"]


def test_a_drill_that_fails_pings_its_exit_code_and_reaches_who_wants_what_is_critical(cli, world, tmp_path):
    expect = tmp_path / "expect.yaml"
    expect.write_text("- {name: nobody, query: SELECT count(*) FROM users.users, expected: 0}\n")
    assert cli.run("drill", "--expect", str(expect)).code == 3
    assert _pings(world) == [
        ("https://hc-ping.com/shop-drill/start", ""),
        ("https://hc-ping.com/shop-drill/fail", "drill of shop: exit code 3"),
    ]
    assert [title[:16] for title in _titles(world)] == ["[CRITICAL] shop:"]
    (phone,) = [got for got in world.got if NTFY_HOST in got.url]
    assert "nobody" in phone.body


def test_commands_that_only_read_report_nothing(cli, world):
    for command in ("list", "show", "checklist", "storage", "doctor"):
        cli.run(command)
    assert world.got == []


def test_collecting_pings_nothing_but_notifies(cli, world):
    assert cli.run("backup", "--collect", RESTIC_PASSWORD_FILE="").code == 2
    assert _pings(world) == []
    assert _titles(world) == ["[ERROR] shop: backup failed: the vault's password is not set"]


def test_a_prune_pings_a_url_with_a_query_and_a_dry_run_pings_nothing(cli, world):
    assert cli.run("prune", "--dry-run").code == 0
    assert world.got == []
    assert cli.run("prune").code == 0
    assert [url for url, _ in _pings(world)] == [
        "https://hc-ping.com/prune-0f6f1d2c/start?create=1",
        "https://hc-ping.com/prune-0f6f1d2c?create=1",
    ]


@pytest.mark.parametrize("host", [PING_HOST, SLACK_HOST])
def test_a_backup_does_not_wait_for_a_service_that_hangs(cli, surroundings, world, host):
    _fail(cli, SCIMS_CONFIG="")  # so that there is something to send
    world.silent.add(host)
    with program_with_sqlite(surroundings).start("backup") as running:
        assert running.stdout
        assert "is complete" in running.stdout.readline()
        world.asked.wait()
        assert not world.released.is_set()
        world.released.set()
        _, err = running.communicate()
    assert running.returncode == 0, err


def test_pings_and_receivers_that_fail_change_no_exit_code(cli, world):
    world.answers |= {PING_HOST: (500, ""), SLACK_HOST: (500, ""), NTFY_HOST: (500, "")}
    ended = cli.run("backup", "--quiet")
    assert ended.code == 0
    assert ended.err.count("warning: ping.backup did not take a ping: HTTP status 500") == 2
    assert "hc-ping" not in ended.err
    world.answers.clear()
    world.got.clear()
    cli.run("verify")
    assert world.got == []  # a ping is not repeated


def test_a_secret_that_cannot_be_read_warns_and_keeps_no_other_receiver_waiting(cli, world):
    ended = cli.run("notify", "--test", CHAT_URL="")
    assert ended.code == 1
    assert "the secret env:CHAT_URL is empty or not set" in ended.err
    assert [got.url for got in world.got if NTFY_HOST in got.url] != []
    ended = cli.run("prune", PRUNE_PING="")
    assert (ended.code, ended.err.count("the secret env:PRUNE_PING is empty or not set")) == (0, 2)


def test_a_test_goes_to_each_receiver_whatever_it_wants(cli, world):
    ended = cli.run("notify", "--test")
    assert ended.code == 0
    assert ended.out == "sent  chat: Slack\nsent  phone: ntfy\n"
    assert [got.url for got in world.got][1:] == ["https://ntfy.example.org/"]
    assert all("[TEST] scims-backup can notify you about shop" in got.body for got in world.got)


def test_a_test_says_who_did_not_answer(cli, world):
    world.answers[NTFY_HOST] = (403, "forbidden")
    ended = cli.run("notify", "--test", "--json")
    cli_schemas.check("notify", ended.document)
    assert ended.code == 1
    assert [(one["receiver"], one["sent"]) for one in ended.document["notifications"]] == [
        ("chat", True),
        ("phone", False),
    ]
    assert "a-secret-topic" not in ended.out + ended.err


def test_notify_without_receivers_is_wrong_usage(cli):
    ended = cli.run("notify", SCIMS_CONFIG="")
    assert ended.code == 2
    assert "[notify.NAME]" in ended.err


def test_doctor_looks_at_each_receiver_and_each_ping(cli):
    receivers = [(one["what"], one["state"], one["message"]) for one in _doctor(cli, "receiver")]
    assert receivers == [
        ("chat", "fine", "Slack: the URL can be used; `scims-backup notify --test` sends a test"),
        ("phone", "not-checked", "ntfy: the URL can be used; a proxy is between this machine and its server"),
    ]
    assert [(one["what"], one["state"]) for one in _doctor(cli, "ping")] == [
        ("backup", "not-checked"),
        ("drill", "not-checked"),
        ("prune", "not-checked"),
    ]


@pytest.mark.parametrize(
    ("variable", "value", "check", "what", "message"),
    [
        ("CHAT_URL", "", "receiver", "chat", "the secret env:CHAT_URL is empty or not set"),
        ("CHAT_URL", "slack://too-short", "receiver", "chat", "the URL of chat cannot be used: "),
        ("PRUNE_PING", "ftp://host/x", "ping", "prune", "env:PRUNE_PING is not a URL that can be pinged"),
    ],
)
def test_doctor_names_a_url_that_cannot_be_used(cli, variable, value, check, what, message):
    ended = cli.run("doctor", "--json", **{variable: value})
    (found,) = [one for one in ended.document["checks"] if (one["check"], one["what"]) == (check, what)]
    assert found["state"] == "problem"
    assert found["message"].startswith(message)
    assert not value or value not in ended.out + ended.err


def test_no_secret_is_in_output_arguments_or_catalog_though_receivers_repeat_it(cli, world, catalog):
    hidden = (TOKEN, "a-secret-topic", "prune-0f6f1d2c")
    world.answers = dict.fromkeys((SLACK_HOST, NTFY_HOST, PING_HOST), (500, " ".join(hidden)))
    with Watch() as watch:
        runs = [
            cli.run(*command.split(), "--debug")
            for command in ("backup --source-url sqlite:///nowhere", "prune", "notify --test", "doctor")
        ]
    arguments = b"\n".join(watch.arguments).decode(errors="replace")
    stored = [path.read_text(errors="replace") for path in catalog.rglob("*") if path.is_file()]
    said = "".join([arguments, *stored, *(ended.out + ended.err for ended in runs)])
    assert "apprise_process" in arguments
    assert "did not take" in said
    assert [one for one in hidden if one in said] == []
