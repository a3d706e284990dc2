"""`init` against real servers: what it refuses, what it writes, and that what it wrote works."""

import os
import re
import shutil
import signal
import subprocess
import tomllib

import pytest

from scims_backup.adapters.setting_up.new_files import write_files
from scims_backup.domain.first_steps.answers import Answers, Scheduler
from scims_backup.domain.first_steps.files import Folders, schedule_files
from scims_backup.domain.first_steps.jobs import Running
from tests.support.cli import PROGRAM, Program
from tests.support.cli_schemas import check
from tests.support.servers import PostgresServer
from tests.support.terminal import terminal

PASSWORD = "quite-a-secret-word"


@pytest.fixture(scope="module")
def guarded():
    """A server where everybody must show a password."""
    with PostgresServer(password=PASSWORD) as server:
        server.create_database("scims")
        server.execute("CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items VALUES (1)", "scims")
        yield server


@pytest.fixture
def newcomer(guarded, tmp_path):
    """The program, for somebody with nothing but PostgreSQL."""
    return Program(
        {
            "HOME": str(tmp_path),
            "SCIMS_POSTGRESQL_BIN": str(guarded.programs),
            "RESTIC_CACHE_DIR": str(tmp_path / "cache"),
            "COLUMNS": "200",
        }
    )


def _url(server, user="postgres"):
    return f"postgresql://{user}@127.0.0.1:{server.port}/scims"


def _answers(server, folder, **changes):
    (folder / "typed-password").write_text(f"{PASSWORD}\n")
    answers = {
        "--source-url": _url(server),
        "--password-file": str(folder / "typed-password"),
        "--place": f"{folder}/backups",
        "--config": f"{folder}/etc/scims.toml",
        "--schedule-dir": f"{folder}/units",
        "--scheduler": "systemd",
        **changes,
    }
    return [part for option, value in answers.items() if value is not None for part in (option, value)]


def _commands_of_cron(file):
    """What cron runs: each line without its times and its user; it takes variables from lines with a `=`."""
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    variables = dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))
    commands = [line.split(maxsplit=6)[6].replace(r"\%", "%") for line in lines if line[0].isdigit()]
    return commands, variables


def test_with_options_alone_it_writes_what_a_nightly_proven_backup_needs(newcomer, guarded, tmp_path):
    begun = newcomer.run("init", "--yes", "--json", *_answers(guarded, tmp_path, **{"--scheduler": "cron"}))
    assert begun.code == 0, begun.err
    check("init", begun.document)
    folder = tmp_path / "etc"
    document = (folder / "scims.toml").read_text()
    assert len(document.splitlines()) <= 8
    assert tomllib.loads(document)["sources"]["scims"]["retention"] == {"daily": 7, "weekly": 4, "monthly": 3}
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {"scims.toml": 0o644, "database-password": 0o600, "vault-password": 0o600}
    crontab = tmp_path / "units/scims-backup"
    assert PASSWORD not in document + crontab.read_text()
    commands, variables = _commands_of_cron(crontab)
    assert [command.partition(" --all")[0].rpartition(" ")[2] for command in commands] == [
        "backup", "prune", "drill", "reclaim",
    ]  # fmt: skip
    for command in (commands[0], commands[2], commands[1]):
        ended = subprocess.run(
            ["/bin/sh", "-c", command],
            env={"HOME": str(tmp_path), "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin", **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stderr) == (0, "")
    assert newcomer.run("list", "--config", f"{folder}/scims.toml").out.count("passed") == 1


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        ({"--source-url": None}, 2, "--source-url is missing"),
        ({"--source-url": "postgresql://a:b@h/scims"}, 2, "password"),
        ({"--source-url": "postgresql://postgres@127.0.0.1:1/scims"}, 1, "onnect"),
        ({"--password-file": "/etc/hostname"}, 1, "password"),
        ({"--password-file": "/nowhere"}, 2, "/nowhere cannot be read"),
        ({"--source": "Not A Name"}, 2, "source name 'Not A Name' is invalid"),
        ({"--place": "relative/folder"}, 2, "'relative/folder' is not an absolute path"),
        ({"--place": "/proc/backups"}, 1, "nothing can be written to /proc/backups"),
        ({"--retention": "some"}, 2, "'some' does not say which backups to keep"),
        ({"--notify-file": "/etc/hostname"}, 1, "cannot be used"),
        ({"--ping-backup-file": "/etc/hostname"}, 2, "not a URL that can be pinged"),
        ({"--scheduler": "at"}, 2, "'at' is not a scheduler"),
        ({"--backup-at": "25:00"}, 2, "'25:00' is not a time of the day"),
        ({"--drill-at": "04:00"}, 2, "does not begin with a day of the week"),
        ({"--catalog": "file:///c"}, 2, "only one of --catalog and --vault"),
    ],
)
def test_a_wrong_answer_is_refused_and_nothing_is_written(newcomer, guarded, tmp_path, changes, code, told):
    ended = newcomer.run("init", "--yes", *_answers(guarded, tmp_path, **changes))
    assert (ended.code, told in ended.err) == (code, True), ended.err
    assert not (tmp_path / "etc").exists()
    assert not (tmp_path / "units").exists()


def test_settings_that_are_there_are_overwritten_with_force_alone_and_the_vault_keeps_its_password(
    newcomer, guarded, tmp_path
):
    answers = _answers(guarded, tmp_path, **{"--scheduler": "none"})
    assert newcomer.run("init", "--yes", *answers).code == 0
    password = (tmp_path / "etc/vault-password").read_text()
    config = ["--config", f"{tmp_path}/etc/scims.toml"]
    assert newcomer.run("backup", *config).code == 0
    refused = newcomer.run("init", "--yes", *answers)
    assert (refused.code, "scims.toml" in refused.err) == (2, True)
    again = newcomer.run("init", "--yes", "--force", "--retention", "all", *answers)
    assert again.code == 0, again.err
    assert (tmp_path / "etc/vault-password").read_text() == password
    assert newcomer.run("backup", *config).code == 0
    elsewhere = _answers(
        guarded, tmp_path, **{"--scheduler": "none", "--config": f"{tmp_path}/new/scims.toml"}
    )
    locked = newcomer.run("init", "--yes", *elsewhere)
    assert (locked.code, "its password is needed" in locked.err) == (2, True)
    beside = _answers(guarded, tmp_path, **{"--scheduler": "none", "--config": f"{tmp_path}/etc/2.toml"})
    shared = newcomer.run("init", "--yes", *beside)
    assert (shared.code, "there already is" in shared.err, "password" in shared.err) == (2, True, True)
    (tmp_path / "other").write_text("not the vault's\n")
    wrong = newcomer.run("init", "--yes", *elsewhere, "--vault-password-file", f"{tmp_path}/other")
    assert wrong.code == 1
    right = newcomer.run(
        "init", "--yes", *elsewhere, "--vault-password-file", f"{tmp_path}/etc/vault-password"
    )
    assert right.code == 0, right.err


def test_without_a_terminal_and_without_yes_nothing_is_asked(newcomer):
    ended = newcomer.run("init")
    assert (ended.code, "there is no terminal to ask at" in ended.err) == (2, True)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize("notifies", [True, False])
@pytest.mark.parametrize("name", ["scims.toml", "a folder; 50% of $HOME/\\scims.toml"])
def test_the_units_are_what_systemd_understands(tmp_path, notifies, name):
    answers = Answers(vault="restic:/b", scheduler=Scheduler.SYSTEMD)
    variables = {"SCIMS_SANDBOX_DIR": f"{tmp_path}/{name}"}
    running = Running([str(PROGRAM)], f"{tmp_path}/{name}", "root", variables, notifies=notifies)
    files = schedule_files(answers, running, Folders("", str(tmp_path), ""))
    write_files(files)
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(file.path for file in files)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "SYSTEMD_UNIT_PATH": f"{tmp_path}:/usr/lib/systemd/system"},
    )
    mine = [line for line in verified.stderr.splitlines() if "scims" in line]
    assert (verified.returncode, mine) == (0, [])


def test_systemd_finds_a_unit_wrong_that_is(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "scims-x.service"
    unit.write_text("[Service]\nType=oneshot\nExecStart=/no/such/program\n")
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], check=False, capture_output=True
    )
    assert ended.returncode != 0


def test_ctrl_c_at_a_question_ends_it_with_nothing_written(newcomer, guarded, tmp_path):
    config = tmp_path / "etc/scims.toml"
    environment = {**os.environ, **newcomer.environment}
    with terminal([str(PROGRAM), "init", "--config", str(config)], environment) as shell:
        shell.answer("Address of the database", _url(guarded))
        shell.answer("A name for it", "")
        shell.press("Password", "\x03")
        assert shell.end() == 128 + signal.SIGINT
    assert "stopped by SIGINT" in shell.screen
    assert not config.parent.exists()


def test_redis_is_set_up_by_the_same_questions(newcomer, new_redis, tmp_path):
    live = new_redis()
    with live.client() as client:
        client.set("session:1", "one")
    programs = {"SCIMS_REDIS_BIN": str(live.program.path.parent)}
    config = f"{tmp_path}/etc/scims.toml"
    answers = ["--source-url", live.url, "--place", f"{tmp_path}/backups", "--config", config]
    begun = newcomer.run("init", "--yes", "--scheduler", "none", *answers, **programs)
    assert begun.code == 0, begun.err
    assert newcomer.run("backup", "--config", config, **programs).code == 0
    assert newcomer.run("drill", "--config", config, **programs).code == 0


@pytest.mark.parametrize(
    ("kind", "vault"), [("restic", "restic:s3:{url}/{bucket}/p/vault"), ("s3", "s3://{bucket}/p/archives")]
)
def test_backups_can_go_to_s3(newcomer, guarded, tmp_path, moto, kind, vault):
    bucket = moto.new_bucket(versioned=True)
    there = {"--place": f"s3://{bucket}/p/", "--vault-kind": kind, "--scheduler": "cron"}
    gone = _answers(guarded, tmp_path, **{**there, "--place": "s3://no-such-bucket-here/p"})
    refused = newcomer.run("init", "--yes", *gone, **moto.environment())
    assert (refused.code, "no-such-bucket-here" in refused.err) == (1, True), refused.err
    begun = newcomer.run(
        "init", "--yes", "--json", *_answers(guarded, tmp_path, **there), **moto.environment()
    )
    assert begun.code == 0, begun.err
    assert begun.document["vault"] == vault.format(url=moto.url, bucket=bucket)
    backup = newcomer.run("backup", "--config", f"{tmp_path}/etc/scims.toml", **moto.environment())
    assert backup.code == 0, backup.err
    crontab = (tmp_path / "units/scims-backup").read_text()
    assert f"AWS_ENDPOINT_URL={moto.url}" in crontab
    assert "AWS_SECRET_ACCESS_KEY" not in crontab
