"""The monthly drill by hand, on the live database's own server."""

import pytest

from tests.support import cli_schemas
from tests.support.cli import Cli
from tests.support.databases import Database, deployment_of
from tests.support.scims import load_scims


@pytest.fixture(scope="module")
def live(server):
    server.create_database("full_live")
    database = Database(server, "full_live")
    load_scims(database, users=30)
    yield database
    server.drop_database("full_live")


@pytest.fixture(scope="module")
def cli(live, tmp_path_factory):
    cli = Cli(deployment_of(live, tmp_path_factory.mktemp("full")))
    taken = cli.run("backup", "--json")
    assert taken.code == 0, taken.err
    return cli


def test_it_restores_beside_is_signed_off_and_leaves_nothing(cli, live):
    drilled = cli.run("drill", "--full", "--target-url", live.url, "--signed-by", "Ada", "--json")
    assert drilled.code == 0, drilled.err
    cli_schemas.check("drill", drilled.document)
    assert (drilled.document["signed_by"], drilled.document["sandbox_removed"]) == ("Ada", True)
    assert live.rows("SELECT datname FROM pg_database WHERE datname ~ 'full_live_'") == []
    read = cli.run("checklist", "--json").document
    (line,) = [
        line for lines in read["lists"].values() for line in lines if line["id"] == "full-restore-monthly"
    ]
    assert (line["state"], "by Ada" in line["evidence"][0]["fact"]) == ("yes", True)
    listed = cli.run("list", "--json").document
    assert [one["verdict"] for one in listed] == ["passed"]


def test_a_server_that_is_not_there_is_inconclusive(cli):
    drilled = cli.run("drill", "--full", "--target-url", "postgresql://nobody@127.0.0.1:1/scims", "--json")
    assert (drilled.code, drilled.document["verdict"]) == (4, "inconclusive")
    assert "signed_by" not in drilled.document


@pytest.mark.parametrize("option", [["--signed-by", "Ada"], ["--target-url", "postgresql:///x"]])
def test_what_is_for_a_full_drill_alone_is_refused_without_it(cli, option):
    refused = cli.run("drill", *option)
    assert (refused.code, "add --full" in refused.err) == (2, True)
