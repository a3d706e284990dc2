"""Every variable of libpq's, set to lead elsewhere, beside each command: right, or refused in words.

The decoy has a database of that name with other rows. It listens where a sandbox does: at port 5432.
"""

import ipaddress
import json
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from scims_backup.engines.postgresql.connect.surroundings import VARIABLES
from tests.support.cli import Cli, Program
from tests.support.databases import Database, deployment_of
from tests.support.servers import PostgresServer

_ROWS = 300
_RIGHT, _REFUSED, _WRONG_USAGE = 0, 1, 2
_COMMANDS = ("backup", "drill", "compare", "restore")
_ELSEWHERE = (_WRONG_USAGE, _RIGHT, _WRONG_USAGE, _WRONG_USAGE)
_UNMET = (_REFUSED, _RIGHT, _REFUSED, _REFUSED)
_OVERRULED = (_RIGHT, _RIGHT, _RIGHT, _RIGHT)


@dataclass(frozen=True)
class Row:
    """Variables that are set together, and how each command ends. {…}: what the decoy gives."""

    name: str
    codes: tuple[int, ...]
    variables: dict[str, str] = field(default_factory=dict)


_DEMANDS = {
    "PGREQUIREAUTH": "scram-sha-256",
    "PGTARGETSESSIONATTRS": "standby",
    "PGGSSENCMODE": "require",
    "PGCHANNELBINDING": "require",
    "PGREQUIREPEER": "daemon",
    "PGMINPROTOCOLVERSION": "3.2",
}
ROWS = [
    Row("address", _ELSEWHERE, {"PGHOSTADDR": "{address}"}),
    Row("service", _ELSEWHERE, {"PGSERVICE": "decoy", "PGSERVICEFILE": "{home}/.pg_service.conf"}),
    Row("service of the system", _ELSEWHERE, {"PGSERVICE": "decoy", "PGSYSCONFDIR": "{home}"}),
    Row("service of the home", _ELSEWHERE, {"PGSERVICE": "decoy", "HOME": "{home}"}),
    Row("role", _ELSEWHERE, {"PGOPTIONS": "-c role=blind"}),
    Row(
        "what the URL says",
        _OVERRULED,
        {
            "PGHOST": "{socket}",
            "PGPORT": "1",
            "PGDATABASE": "postgres",
            "PGUSER": "blind",
            "PGPASSWORD": "wrong-horse",
            "PGPASSFILE": "{home}/.pgpass",
        },
    ),
    Row("files of the home", _OVERRULED, {"HOME": "{home}"}),
    Row(
        "what is ours, or not asked for on a socket",
        _OVERRULED,
        {
            "PGCLIENTENCODING": "LATIN1",
            "PGTZ": "Nowhere/Land",
            "PGDATESTYLE": "bogus",
            "PGGEQO": "bogus",
            "PGLOCALEDIR": "/nowhere",
            "PGAPPNAME": "psql",
            "PGSSLMODE": "verify-full",
            "PGSSLNEGOTIATION": "direct",
            "PGSSLCERTMODE": "disable",
            "PGSSLCOMPRESSION": "1",
            "PGSSLCERT": "/nowhere",
            "PGSSLKEY": "/nowhere",
            "PGSSLROOTCERT": "/nowhere",
            "PGSSLCRL": "/nowhere",
            "PGSSLCRLDIR": "/nowhere",
            "PGSSLSNI": "0",
            "PGSSLMINPROTOCOLVERSION": "TLSv1.3",
            "PGSSLMAXPROTOCOLVERSION": "TLSv1.3",
            "PGMAXPROTOCOLVERSION": "3.0",
            "PGKRBSRVNAME": "nobody",
            "PGGSSLIB": "gssapi",
            "PGGSSDELEGATION": "1",
            "PGLOADBALANCEHOSTS": "random",
            "PGCONNECT_TIMEOUT": "20",
        },
    ),
    Row("authentication", _UNMET, {"PGREQUIREAUTH": "scram-sha-256"}),
    Row("session", _UNMET, {"PGTARGETSESSIONATTRS": "standby"}),
    Row("demands", _UNMET, {"PGGSSENCMODE": "require"} | _DEMANDS),
]


@dataclass(frozen=True)
class Deployment:
    """A source with one backup, a decoy, and the program."""

    source: Database
    decoy: PostgresServer
    places: dict[str, str]
    cli: Cli

    def run(self, command, variables):
        given = {name: value.format(**self.places) for name, value in variables.items()}
        arguments = {
            "compare": ("--target-url", self.source.url),
            "restore": ("--target-url", self.source.url, "--into", "again"),
        }
        return self.cli.run(command, *arguments.get(command, ()), "--json", **given)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory):
    directory = tmp_path_factory.mktemp("variables")
    address = str(ipaddress.ip_address("127.0.0.0") + 2 + secrets.randbelow(2**24 - 4))
    with PostgresServer() as server, PostgresServer(settings={"listen_addresses": address}) as decoy:
        for one, rows in ((server, _ROWS), (decoy, 7)):
            one.create_database("shop", "CREATE TABLE t (id int PRIMARY KEY, v text)")
            one.execute(f"INSERT INTO t SELECT g, 'x' FROM generate_series(1, {rows}) g", "shop")
            one.execute("CREATE ROLE blind LOGIN")
        (decoy.data / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.0/8 trust\n")
        decoy.execute("SELECT pg_reload_conf()")
        home = laid_home(directory / "home", decoy)
        source = Database(server, "shop")
        cli = Cli({**deployment_of(source, directory), "SCIMS_SANDBOX_DIR": "/tmp"})
        assert cli.run("backup").code == 0
        yield Deployment(
            source, decoy, {"address": address, "socket": str(decoy.home), "home": str(home)}, cli
        )


def laid_home(home: Path, decoy: PostgresServer) -> Path:
    (home / ".postgresql").mkdir(parents=True)
    for name in ("root.crt", "root.crl", "postgresql.crt", "postgresql.key"):
        (home / ".postgresql" / name).write_text("not a certificate")
    (home / ".pgpass").write_text("*:*:*:*:wrong-horse\n")
    (home / ".pgpass").chmod(0o600)
    for name in (".pg_service.conf", "pg_service.conf"):
        (home / name).write_text(f"[decoy]\nhost={decoy.home}\nport=5432\ndbname=shop\nuser=postgres\n")
    return home


def is_right(deployment, command, ended):
    """Look whether a command that did its work did it on what was meant."""
    answer = ended.document
    if command == "backup":  # the proof is the source's, and the archive is the proof's
        newest = [deployment.run(again, {}).document for again in ("compare", "drill")]
        return [one["verdict"] for one in newest] == ["passed", "passed"]
    if command == "restore":
        again = Database(deployment.source.server, "again")
        right = again.value("SELECT count(*) FROM t") == _ROWS
        deployment.source.server.drop_database("again")
        return right and answer["verdict"] == "passed"
    return answer["verdict"] == "passed" and answer["findings"] == []


def test_every_variable_of_libpqs_has_a_row():
    tried = {name for row in ROWS for name in row.variables}
    assert tried >= {*VARIABLES.values(), "PGSERVICEFILE", "PGSYSCONFDIR", "PGTZ", "PGDATESTYLE", "PGGEQO"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("command", _COMMANDS)
def test_no_variable_leads_a_command_to_another_server(deployment, row, command):
    ended = deployment.run(command, row.variables)
    assert ended.code == row.codes[_COMMANDS.index(command)], ended.err
    if ended.code == _RIGHT:
        assert is_right(deployment, command, ended), ended.out
        return
    error = json.loads(ended.out)["error"] if ended.out else {"message": ended.err}
    assert error["message"]
    if ended.code == _WRONG_USAGE:
        assert any(name in error["message"] for name in row.variables if name.startswith("PG"))
        assert "unset PG" in f"{error}"


def test_a_drill_that_all_demands_at_once_disturb_is_right(deployment):
    everything = {name: value for row in ROWS for name, value in row.variables.items()}
    as_installed = replace(deployment, cli=Program(deployment.cli.environment))
    assert is_right(deployment, "drill", as_installed.run("drill", everything | _DEMANDS))


def test_the_decoy_was_never_written_to(deployment):
    with deployment.decoy.connect() as connection:
        names = [name for (name,) in connection.execute("SELECT datname FROM pg_database ORDER BY 1")]
    assert names == ["postgres", "shop", "template0", "template1"]
