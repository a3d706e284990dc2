"""What `init` writes, and how it takes answers."""

import tomllib
from dataclasses import replace

import pytest

from scims_backup.adapters.setting_up.new_files import refuse_existing, write_files
from scims_backup.cli.commands.init.machine import Machine, short_program, typed_program
from scims_backup.domain.errors import OperationFailedError, ScimsBackupError, UsageError
from scims_backup.domain.first_steps.answers import Answers, Scheduler, Secrets
from scims_backup.domain.first_steps.cron import cron_lines
from scims_backup.domain.first_steps.document import settings_document
from scims_backup.domain.first_steps.files import (
    Folders,
    NewFile,
    document_file,
    overwritten,
    schedule_files,
    secret_files,
)
from scims_backup.domain.first_steps.jobs import Running, jobs_of
from scims_backup.domain.first_steps.keeping import retention_in
from scims_backup.domain.first_steps.next_commands import next_commands
from scims_backup.domain.first_steps.places import name_for, places_in_folder, places_in_s3
from scims_backup.domain.first_steps.systemd import systemd_units
from scims_backup.domain.first_steps.times import Daily, Weekly
from scims_backup.domain.health import Examined, State
from scims_backup.usecases.first_steps.interview import Interview
from scims_backup.usecases.first_steps.set_up import Defaults, SetUp

ANSWERS = Answers(
    source="scims-db",
    url="postgresql://backup@db/scims",
    catalog="file:///b/catalog",
    vault="restic:/b/vault",
    retention={"daily": 7},
    scheduler=Scheduler.SYSTEMD,
)
RUNNING = Running(["/opt/bin/scims-backup"], "/etc/scims.toml", "root", notifies=True)
FOLDERS = Folders("/etc/scims-backup/scims.toml", "/units", "/etc/cron.d/scims-backup")


@pytest.mark.parametrize(
    "answers",
    [
        ANSWERS,
        replace(ANSWERS, retention={}),
        replace(ANSWERS, source="scims.db"),
        replace(ANSWERS, url='postgresql://u@h/a"b\\c?options=%2D\x7f', catalog="file:///ä%20b"),
        replace(ANSWERS, secrets={secret: f"file:{secret}" for secret in Secrets}),
    ],
)
def test_a_document_says_what_was_answered_whatever_characters_it_has(answers):
    document = tomllib.loads(settings_document(answers))
    assert document["catalog"] == answers.catalog
    source = document["sources"][answers.source]
    assert (source["url"], source["vault"]) == (answers.url, answers.vault)
    assert source["retention"] == answers.retention
    assert source.get("vault_secret") == answers.secrets.get(Secrets.VAULT)
    assert source.get("secret") == answers.secrets.get(Secrets.DATABASE)
    receiver = document.get("notify", {}).get("operator", {}).get("url")
    assert receiver == answers.secrets.get(Secrets.NOTIFY)
    assert document.get("ping", {}).get("drill") == answers.secrets.get(Secrets.PING_DRILL)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("7 daily, 4 weekly, 3 monthly", {"daily": 7, "weekly": 4, "monthly": 3}),
        ("3 LAST", {"last": 3}),
        ("10yearly", {"yearly": 10}),
        (" all ", {}),
    ],
)
def test_a_retention_is_read_as_it_is_typed(text, kept):
    assert retention_in(text) == kept


@pytest.mark.parametrize(
    "text", ["", "7", "daily", "7 fortnightly", "7 daily 4 weekly", "0 daily", "7 daily, 3 daily"]
)
def test_a_retention_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="does not say which backups to keep"):
        retention_in(text)


@pytest.mark.parametrize("text", ["", "2", "24:00", "02:60", "2:5", "noon"])
def test_a_time_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="not a time of the day"):
        Daily.parse(text)


@pytest.mark.parametrize(
    ("weekly", "hours", "later"),
    [("Sun 04:00", 2, "Sun 06:00"), ("sunday 23:30", 2, "Mon 01:30"), ("Sat 22:00", 2, "Sun 00:00")],
)
def test_a_later_time_may_be_on_the_next_day(weekly, hours, later):
    assert str(Weekly.parse(weekly).later(hours)) == later


def test_cron_lines_run_every_command_for_all_sources_and_mail_the_drill():
    late = replace(ANSWERS, backup=Daily(23, 30), drill=Weekly.parse("Sat 23:15"))
    running = replace(RUNNING, config="/a b/50%.toml", environment={"SCIMS_SANDBOX_DIR": "/fast"})
    head, *lines = cron_lines(jobs_of(late), running).splitlines()
    assert head.startswith("#")
    arguments = "--all --quiet --config '/a b/50\\%.toml'"
    assert lines == [
        "SCIMS_SANDBOX_DIR=/fast",
        f"30 23 * * *  root  /opt/bin/scims-backup backup {arguments} >/dev/null",
        f"30 0 * * *  root  /opt/bin/scims-backup prune {arguments} >/dev/null",
        f"15 23 * * 6  root  /opt/bin/scims-backup drill {arguments}",
        f"15 1 * * 0  root  /opt/bin/scims-backup reclaim {arguments} >/dev/null",
    ]


def test_a_users_own_crontab_has_no_column_for_the_user_and_plain_s3_nothing_to_reclaim():
    jobs = jobs_of(replace(ANSWERS, vault="s3://bucket/archives"))
    _, backup, *others = cron_lines(jobs, replace(RUNNING, system=False)).splitlines()
    assert backup.startswith("0 2 * * *  /opt/bin/scims-backup backup ")
    assert len(others) == 2


def test_a_unit_escapes_what_systemd_would_replace():
    running = replace(RUNNING, config="/a b/50%$HOME.toml", environment={"SCIMS_SANDBOX_DIR": "/x %h"})
    units = systemd_units(jobs_of(ANSWERS), running)
    drill = units["scims-drill.service"]
    assert 'ExecStart=/opt/bin/scims-backup drill --all --quiet --config "/a b/50%%$$HOME.toml"\n' in drill
    assert 'Environment="SCIMS_SANDBOX_DIR=/x %%h"\n' in drill
    assert "OnFailure=scims-failed@%n.service\n" in drill
    assert "OnCalendar=Sun 04:00:00\n" in units["scims-drill.timer"]
    assert "OnCalendar=*-*-* 03:00:00\n" in units["scims-prune.timer"]


def test_without_a_receiver_no_unit_starts_one_that_could_send_nothing():
    units = systemd_units(jobs_of(ANSWERS), replace(RUNNING, notifies=False))
    assert len(units) == 8
    assert "OnFailure" not in "".join(units.values())


def test_secrets_are_in_files_that_only_their_owner_reads_and_nowhere_else():
    secrets = {Secrets.DATABASE: "hunter2-hunter2", Secrets.VAULT: "vault-word"}
    files = secret_files(secrets, FOLDERS)
    assert {(file.path, file.text, file.mode) for file in files} == {
        ("/etc/scims-backup/database-password", "hunter2-hunter2\n", 0o600),
        ("/etc/scims-backup/vault-password", "vault-word\n", 0o600),
    }
    answers = ANSWERS.with_secret(Secrets.DATABASE, f"file:{Secrets.DATABASE}")
    others = [document_file(answers, FOLDERS), *schedule_files(answers, RUNNING, FOLDERS)]
    assert "hunter2" not in "".join(file.text for file in others)


@pytest.mark.parametrize(
    ("scheduler", "system", "last"),
    [
        (Scheduler.NONE, True, "p doctor --config /etc/scims-backup/scims.toml"),
        (Scheduler.CRON, True, "p doctor --config /etc/scims-backup/scims.toml"),
        (Scheduler.CRON, False, "(crontab -l; cat /etc/cron.d/scims-backup) | crontab -"),
        (Scheduler.SYSTEMD, False, "loginctl enable-linger"),
    ],
)
def test_what_comes_next_ends_with_what_begins_the_schedule(scheduler, system, last):
    answers, running = replace(ANSWERS, scheduler=scheduler), replace(RUNNING, system=system)
    assert list(next_commands(answers, running, FOLDERS, "p"))[-1] == last


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://u@h/scims", "scims"),
        ("postgresql://u@h/My%20Data_Base", "my-data_base"),
        ("postgresql:///?host=/tmp", "postgresql"),
        ("rediss://u@h", "rediss"),
        ("postgresql://h/---", "source"),
    ],
)
def test_a_source_is_named_after_its_database(url, name):
    assert name_for(url) == name


def test_one_place_gives_catalog_and_vault():
    assert places_in_folder("/a b") == ("file:///a%20b/catalog", "restic:/a b/vault")
    assert places_in_s3("s3://b/p/", "s3", "") == ("s3://b/p/catalog", "s3://b/p/archives")
    aws = ("s3://b/p/catalog", "restic:s3:https://s3.amazonaws.com/b/p/vault")
    assert places_in_s3("s3://b/p", "restic", "") == aws
    assert (
        places_in_s3("s3://b/p", "restic", "http://store:9000")[1] == "restic:s3:http://store:9000/b/p/vault"
    )
    with pytest.raises(UsageError, match="'tar' is not a kind of vault"):
        places_in_s3("s3://b/p", "tar", "")


@pytest.mark.parametrize(
    ("is_root", "document", "units", "crontab", "place"),
    [
        (
            True,
            "/etc/scims-backup/scims.toml",
            "/etc/systemd/system",
            "/etc/cron.d/scims-backup",
            "/var/backups/scims",
        ),
        (
            False,
            "/h/.config/scims-backup/scims.toml",
            "/h/.config/systemd/user",
            "/h/.config/scims-backup/crontab",
            "/h/scims-backups",
        ),
    ],
)
def test_files_go_where_they_are_read(tmp_path, is_root, document, units, crontab, place):
    machine = Machine({"SCIMS_SANDBOX_DIR": "/fast", "PGPASSWORD": "no"}, is_root, tmp_path / "h")
    found = machine.folders(machine.document(None), None)
    home = f"{tmp_path}/h"
    assert [found.document, found.units, found.crontab, machine.place] == [
        one.replace("/h/", f"{home}/") for one in (document, units, crontab, place)
    ]
    assert machine.passed_on == {"SCIMS_SANDBOX_DIR": "/fast"}
    assert machine.folders("/x/s.toml", "/here") == Folders("/x/s.toml", "/here", "/here/scims-backup")


def test_a_program_is_its_script_where_that_can_be_executed(tmp_path, monkeypatch):
    script = tmp_path / "scims-backup"
    script.touch(0o755)
    assert typed_program(["/usr/bin/python3", str(script)]) == [str(script)]
    module = ["/usr/bin/python3", "-m", "scims_backup.cli.main"]
    assert typed_program(module) == module
    monkeypatch.setenv("PATH", str(tmp_path))
    assert short_program([str(script)]) == "scims-backup"
    monkeypatch.setenv("PATH", "/nowhere")
    assert short_program([str(script)]) == str(script)
    assert short_program(module) == " ".join(module)


class Person:
    """Answers by the option of a question, one after the other, and notes what was refused."""

    can_ask = True

    def __init__(self, **answers):
        self.answers = {f"--{name.replace('_', '-')}": list(given) for name, given in answers.items()}
        self.refused, self.noted = [], []

    def ask(self, question, default):
        given = self.answers.get(question.option)
        return (given.pop(0) if given else "") or default or ""

    def refuse(self, error):
        self.refused.append(error.message)

    def note(self, examined):
        self.noted += [one.check for one in examined]


class Trials:
    """Everything can be reached but a server called `down`; `right` is every password."""

    def __init__(self):
        self.vaults, self.sent = [], []

    def check_address(self, url):
        if "://" not in url:
            raise UsageError(f"{url!r} is not an address")

    def source(self, answers, secrets):
        fine = "down" not in answers.url and secrets.get(Secrets.DATABASE, "right") == "right"
        return [Examined("connection", State.FINE if fine else State.PROBLEM, answers.source, "refused")]

    def vault(self, answers, secrets):
        self.vaults.append((answers.vault, secrets.get(Secrets.VAULT)))
        fine = secrets.get(Secrets.VAULT) in ("new", "right", None)
        return [Examined("vault", State.FINE if fine else State.PROBLEM, answers.vault, "does not open")]

    def folder(self, folder):
        if folder == "/full":
            raise OperationFailedError("the disk is full")

    def receiver(self, source, url):
        if "down" in url:
            raise OperationFailedError("nobody took it")
        self.sent.append((source, url))
        return "Slack"

    def ping(self, url):
        if "down" in url:
            raise OperationFailedError("nobody is there")

    def read_secret(self, file):
        return f"from {file}"

    def has_vault(self, folder):
        return folder == "/used"

    def new_password(self):
        return "new"


def _set_up(person, typed=None, **defaults):
    trials = Trials()
    known = Defaults("/var/b", Scheduler.CRON, **defaults)
    return SetUp(Interview(person, typed or {}, trials.read_secret), trials, known), trials


def test_each_wrong_answer_is_refused_and_asked_again():
    person = Person(
        source_url=["scims", "postgresql://down/scims", "postgresql://h/scims"],
        source=["A B", "", ""],
        password_file=["right", "wrong", "right"],
        place=["here", "/full", "/backups/"],
        retention=["7", "1 daily"],
        notify_file=["slack://down", "slack://up"],
        ping_backup_file=["https://down", "https://up/b"],
        scheduler=["at", "systemd"],
        backup_at=["late", "01:30"],
        drill_at=["01:30", "mon 5:00"],
    )
    person.answers["--source-url"].insert(2, "")
    set_up, trials = _set_up(person)
    answers = set_up.run()
    assert (answers.url, answers.source) == ("postgresql://h/scims", "scims")
    assert (answers.catalog, answers.vault) == ("file:///backups/catalog", "restic:/backups/vault")
    assert (answers.retention, answers.scheduler) == ({"daily": 1}, Scheduler.SYSTEMD)
    assert (str(answers.backup), str(answers.drill)) == ("01:30", "Mon 05:00")
    assert set_up.secrets == {
        Secrets.DATABASE: "right",
        Secrets.VAULT: "new",
        Secrets.NOTIFY: "slack://up",
        Secrets.PING_BACKUP: "https://up/b",
    }
    assert trials.sent == [("scims", "slack://up")]
    assert len(person.refused) == 12


def test_the_password_of_a_vault_that_is_there_is_asked_until_it_opens():
    person = Person(source_url=["a://b/c"], place=["/used"], vault_password_file=["", "wrong", "right"])
    set_up, trials = _set_up(person)
    set_up.run()
    assert set_up.secrets == {Secrets.VAULT: "right"}
    assert trials.vaults == [("restic:/used/vault", "wrong"), ("restic:/used/vault", "right")]


def test_the_password_of_an_earlier_init_is_taken_again():
    set_up, _ = _set_up(Person(source_url=["a://b/c"], place=["/used"]), vault_password="right")
    set_up.run()
    assert set_up.secrets == {Secrets.VAULT: "right"}


def test_plain_s3_has_no_password_and_places_that_were_typed_are_not_asked_for():
    set_up, trials = _set_up(Person(source_url=["a://b/c"], place=["s3://b/p"], vault_kind=["tar", "s3"]))
    assert set_up.run().vault == "s3://b/p/archives"
    assert set_up.secrets == {}
    chosen = ("s3://c", "restic:rest:https://h/r")
    set_up, trials = _set_up(Person(source_url=["a://b/c"], place=["never"]), chosen_places=chosen)
    answers = set_up.run()
    assert (answers.catalog, answers.vault) == chosen
    assert trials.vaults == [("restic:rest:https://h/r", "new")]


def test_nobody_is_asked_twice_and_an_option_is_not_asked():
    person = Person()
    person.can_ask = False
    typed = {"--source-url": "a://b/c", "--password-file": "/secret"}
    set_up, _ = _set_up(person, typed)
    with pytest.raises(ScimsBackupError, match="refused"):
        set_up.run()
    assert person.refused == []


def test_a_file_is_written_as_a_whole_with_its_mode_and_replaces_what_was_there(tmp_path):
    path = tmp_path / "new/folder/secret"
    write_files([NewFile(str(path), "one\n", 0o600)])
    write_files([NewFile(str(path), "two\n", 0o600)])
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("two\n", 0o600)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_an_error_that_names_it(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OperationFailedError, match="file/below cannot be written: File exists"):
        write_files([NewFile(f"{tmp_path}/file/below", "", 0o644)])


def test_what_would_be_overwritten_is_refused_but_for_the_password_of_a_vault(tmp_path):
    folders = Folders(f"{tmp_path}/scims.toml", f"{tmp_path}/units", f"{tmp_path}/crontab")
    (tmp_path / "vault-password").touch()
    refuse_existing(overwritten(folders, scheduled=True))
    (tmp_path / "crontab").touch()
    refuse_existing(overwritten(folders, scheduled=False))
    with pytest.raises(UsageError, match=r"there already is .*crontab"):
        refuse_existing(overwritten(folders, scheduled=True))
    (tmp_path / "notify-url").touch()
    with pytest.raises(UsageError, match=r"there already is .*notify-url"):
        refuse_existing(overwritten(folders, scheduled=False))
