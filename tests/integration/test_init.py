"""`init` against real servers: what it refuses, what it writes, and that what it wrote works."""

import os
import shutil
import subprocess
import tomllib

import pytest

from tests.support.cli import Program
from tests.support.cli_schemas import check
from tests.support.servers import PostgresServer

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


def test_with_options_alone_it_writes_what_a_nightly_proven_backup_needs(newcomer, guarded, tmp_path):
    begun = newcomer.run("init", "--yes", "--json", *_answers(guarded, tmp_path))
    assert begun.code == 0, begun.err
    check("init", begun.document)
    folder = tmp_path / "etc"
    document = (folder / "scims.toml").read_text()
    assert len(document.splitlines()) <= 8
    assert PASSWORD not in document
    assert tomllib.loads(document)["sources"]["scims"]["retention"] == {"daily": 7, "weekly": 4, "monthly": 3}
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {"scims.toml": 0o644, "database-password": 0o600, "vault-password": 0o600}
    for command in ("backup", "drill", "prune"):
        ended = newcomer.run(command, "--all", "--quiet", "--config", f"{folder}/scims.toml")
        assert ended.code == 0, ended.err
    assert PASSWORD.encode() not in b"".join(path.read_bytes() for path in (tmp_path / "units").iterdir())


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
def test_the_units_are_what_systemd_understands(newcomer, guarded, tmp_path):
    folder = tmp_path / "a folder % with $HOME"
    answers = _answers(guarded, tmp_path, **{"--config": f"{folder}/scims.toml"})
    assert newcomer.run("init", "--yes", *answers).code == 0
    units = sorted((tmp_path / "units").iterdir())
    assert len(units) == 8
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, units)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "SYSTEMD_UNIT_PATH": f"{tmp_path}/units:/usr/lib/systemd/system"},
    )
    mine = [line for line in verified.stderr.splitlines() if "scims" in line]
    assert (verified.returncode, mine) == (0, [])
