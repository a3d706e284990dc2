"""A backup of an engine that this version does not have, through the real command line."""

import json

import pytest

from tests.integration.test_before_engines import (
    BEGUN,
    HELD,
    NEWEST,
    PROVEN,
    PRUNABLE,
    cli_on,
    unpacked,
)

WHY = "was made by engine 'mongodb', which this version does not have (use a newer scims-backup)"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = unpacked(tmp_path_factory.mktemp("unknown"))
    path = home / "catalog" / "manifests" / "scims-db" / f"{PRUNABLE[-16:]}.json"
    other = {"version": 2, "engine": "mongodb", "format": "archive"}
    path.write_text(json.dumps({**json.loads(path.read_text()), **other}))
    return home


@pytest.fixture(scope="module")
def cli(home, server):
    return cli_on(home, server)


def test_list_shows_it_with_the_reason_and_the_others_as_ever(cli):
    ended = cli.run("list", "--json")
    assert ended.code == 1
    assert [(one["id"], one.get("error")) for one in ended.document] == [
        (PRUNABLE, f"backup {PRUNABLE} {WHY}"),
        (HELD, None),
        (PROVEN, None),
        (NEWEST, None),
    ]
    assert "damaged" not in ended.out + cli.run("list").out


def test_show_and_storage_work(cli):
    shown = cli.run("show", PRUNABLE, "--json")
    assert (shown.code, shown.document["id"]) == (0, PRUNABLE)
    assert cli.run("storage", "--json").code == 0


@pytest.mark.parametrize("command", ["drill", "verify", "compare", "restore"])
def test_what_would_work_on_it_is_refused(cli, server, command):
    target = ["--target-url", server.url()] if command in {"compare", "restore"} else []
    ended = cli.run(command, PRUNABLE, *target, "--json")
    assert (ended.code, ended.document["error"]["kind"]) == (1, "UnknownEngineError")
    assert ended.document["error"]["message"] == f"backup {PRUNABLE} {WHY.partition(' (')[0]}"
    assert ended.document["error"]["cure"] == "use a newer scims-backup"


def test_doctor_reports_it(cli):
    checks = cli.run("doctor", "--json").document["checks"]
    (found,) = [one for one in checks if PRUNABLE in one["message"]]
    assert (found["check"], found["state"]) == ("catalog-and-vault", "problem")
    assert "of an engine, or in a format, that this version does not have" in found["message"]


def test_prune_keeps_it_and_reports_why(cli):
    ended = cli.run("prune", "--json")
    assert (ended.code, ended.document["removed"]) == (1, [BEGUN])
    assert ended.document["problems"] == [f"backup {PRUNABLE} {WHY}"]
    assert cli.run("list", "--json").document[0]["id"] == PRUNABLE
