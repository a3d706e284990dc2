"""Secrets and row contents stay out of arguments, output, tracebacks and the catalog, whatever happens."""

import secrets
import tempfile
from pathlib import Path

import pytest
import zstandard

from tests.support.arguments import Watch
from tests.support.cli import Program
from tests.support.servers import PostgresServer

KINDS = ("database", "vault", "wrong", "mapping", "setting", "aws", "row")
SCHEMA = """
CREATE EXTENSION postgres_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '/nonexistent');
CREATE USER MAPPING FOR postgres SERVER far OPTIONS (user 'far', password '{mapping}');
ALTER DATABASE scims SET app.secret = '{setting}';
CREATE TABLE users (id int PRIMARY KEY, password text UNIQUE);
CREATE TABLE sessions (user_password text REFERENCES users (password));
INSERT INTO users SELECT n, '{row}' || n FROM generate_series(1, 100) AS n;
INSERT INTO sessions VALUES ('{row}1');
SELECT lo_from_bytea(0, '{row}');
"""
ORPHAN = "SET session_replication_role = replica; INSERT INTO sessions VALUES ('{row} orphan\nERROR: {row}')"


@pytest.fixture(scope="module")
def hidden():
    return {kind: f"{kind}-{secrets.token_hex(16)}" for kind in KINDS}


@pytest.fixture(scope="module")
def locked(hidden):
    with PostgresServer(password=hidden["database"]) as server:
        server.create_database("scims", SCHEMA.format(**hidden))
        yield server


@pytest.fixture(scope="module")
def programs(locked):
    """Give the server's programs, of which pg_dump tells its arguments: it may be too quick to be seen."""
    with tempfile.TemporaryDirectory(prefix="scims-programs-", dir="/tmp") as name:
        directory = Path(name)
        directory.chmod(0o755)  # the sandbox's user must reach it
        for program in ("postgres", "initdb", "pg_restore"):
            (directory / program).symlink_to(locked.programs / program)
        told = directory / "told"
        real = locked.programs / "pg_dump"
        (directory / "pg_dump").write_text(
            f'#!/bin/sh\nprintf "%s\\n" "pg_dump $*" >>{told}\nexec {real} "$@"\n'
        )
        (directory / "pg_dump").chmod(0o755)
        yield directory


@pytest.fixture(scope="module")
def cli(locked, programs, hidden, tmp_path_factory):
    directory = tmp_path_factory.mktemp("secrets")
    environment = {
        "SCIMS_SOURCE": "scims-db",
        "SCIMS_SOURCE_URL": locked.tcp_url("scims"),
        "SCIMS_CATALOG": f"file://{directory / 'catalog'}",
        "SCIMS_VAULT": f"restic:{directory / 'vault'}",
        "SCIMS_POSTGRESQL_BIN": str(programs),
        "SCIMS_DEBUG": "1",
        "PGPASSWORD": hidden["database"],
        "RESTIC_PASSWORD": hidden["vault"],
        "RESTIC_CACHE_DIR": str(directory / "cache"),
        "AWS_SECRET_ACCESS_KEY": hidden["aws"],
    }
    return Program(environment)


@pytest.fixture(scope="module")
def backed_up(cli, programs, hidden):
    code, seen = ran(cli, hidden, "backup")
    assert code == 0
    assert b"restic" in seen
    told = (programs / "told").read_bytes()
    assert b"pg_dump --format=custom" in told
    assert leaks(hidden, told) == set()


def leaks(hidden, what):
    """Name the secrets that are in some bytes."""
    return {kind for kind, secret in hidden.items() if secret.encode() in what}


def catalog(cli):
    directory = Path(cli.environment["SCIMS_CATALOG"].removeprefix("file://"))
    files = [path for path in directory.rglob("*") if path.is_file()]
    return b"\n".join(
        zstandard.decompress(path.read_bytes()) if path.suffix == ".zst" else path.read_bytes()
        for path in files
    )


def ran(cli, hidden, *arguments, **environment):
    """Run a command under watch and expect no secret anywhere; return how it ended and what was seen."""
    with Watch() as watch:
        ended = cli.run(*arguments, "--debug", **environment)
    assert leaks(hidden, f"{ended.out}{ended.err}".encode()) == set(), f"{ended.out}{ended.err}"
    assert [leaks(hidden, line) for line in watch.arguments if leaks(hidden, line)] == []
    assert leaks(hidden, catalog(cli)) == set()
    return ended.code, b"\n".join(watch.arguments)


@pytest.mark.usefixtures("backed_up")
def test_every_command_keeps_every_secret(cli, hidden, locked):
    for command in ("list", "show", "verify", "drill", "drill --json"):
        assert ran(cli, hidden, *command.split())[0] == 0
    assert ran(cli, hidden, "compare", "newest", "--target-url", locked.tcp_url("scims"))[0] == 0


@pytest.mark.usefixtures("backed_up")
def test_differences_are_told_without_row_contents(cli, hidden, locked):
    locked.execute("UPDATE users SET password = password || 'x' WHERE id = 7", "scims")
    try:
        code, _ = ran(cli, hidden, "compare", "newest", "--target-url", locked.tcp_url("scims"), "--json")
    finally:
        locked.execute("UPDATE users SET password = rtrim(password, 'x') WHERE id = 7", "scims")
    assert code == 3


@pytest.mark.usefixtures("backed_up")
@pytest.mark.parametrize(
    ("command", "environment"),
    [
        ("backup", {"PGPASSWORD": "wrong"}),
        ("backup", {"RESTIC_PASSWORD": "wrong"}),
        ("verify", {"RESTIC_PASSWORD": "wrong"}),
        ("drill", {"RESTIC_PASSWORD": "wrong"}),
    ],
)
def test_a_wrong_password_is_refused_without_being_told(cli, hidden, command, environment):
    wrong = dict.fromkeys(environment, hidden["wrong"])
    assert ran(cli, hidden, command, **wrong)[0] in {1, 4}


@pytest.mark.parametrize("arguments", [["compare", "newest", "--target-url"], ["backup", "--source-url"]])
def test_a_password_in_a_url_is_refused_without_being_repeated(cli, arguments):
    url = "postgresql://postgres:in-the-url@127.0.0.1/scims"
    ended = cli.run(*arguments, url)
    assert ended.code == 2
    assert "in-the-url" not in ended.out + ended.err
    assert "PGPASSFILE" in ended.err


@pytest.mark.usefixtures("backed_up")
def test_an_expectation_that_fails_on_a_row_does_not_repeat_it(cli, hidden, tmp_path):
    expectations = tmp_path / "expect.toml"
    expectations.write_text(
        '[[expectations]]\nname = "numbers"\nquery = "SELECT max(password::int) FROM users"\nexpected = 1\n'
    )
    assert ran(cli, hidden, "drill", "--expect", str(expectations))[0] in {3, 4}


def test_an_archive_that_does_not_restore_is_told_without_its_rows(cli, hidden, locked):
    locked.execute(ORPHAN.format(**hidden), "scims")
    try:
        assert ran(cli, hidden, "backup")[0] == 0
        assert ran(cli, hidden, "drill")[0] == 3
        assert ran(cli, hidden, "show")[0] == 0
    finally:
        locked.execute("DELETE FROM sessions WHERE user_password LIKE '%orphan%'", "scims")
