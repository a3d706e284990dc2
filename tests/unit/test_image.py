"""An image of another major version of PostgreSQL than the stack is for: nothing begins in it."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.dump.handler import handler as dump
from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.domain.errors import ToolMissingError
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.programs.older_programs import older_programs
from scims_backup.engines.postgresql.rules.image import HAS, WANTED, refuse_other_image
from scims_backup.usecases.drills.checked_sandboxes import CheckedSandboxes

DOCKERFILE = Path(__file__).parents[2] / "image/Dockerfile"
OTHER = {WANTED: "16", HAS: "15"}


@pytest.mark.parametrize(
    "environment",
    [{}, {WANTED: "16"}, {HAS: "15"}, {WANTED: "", HAS: "15"}, {WANTED: "16", HAS: "16"}],
)
def test_an_image_of_that_version_is_taken_and_one_that_does_not_say(environment):
    refuse_other_image(environment)


@pytest.mark.parametrize(("wanted", "has"), [("16", "15"), ("15", "16"), ("14", "18")])
def test_an_image_of_another_version_is_refused_with_both_ways_out(wanted, has):
    with pytest.raises(ToolMissingError) as refused:
        refuse_other_image({WANTED: wanted, HAS: has})
    assert refused.value.message == (
        f"the image contains the programs of PostgreSQL {has}, but the stack is configured for {wanted}"
    )
    assert f"sam build --parameter-overrides PostgresqlMajor={wanted}" in refused.value.cure
    assert f"deploy with PostgresqlMajor={has}" in refused.value.cure


def test_no_sandbox_opens_in_another_image():
    opened = []
    sandboxes = SimpleNamespace(open=lambda: opened.append(True))
    with pytest.raises(ToolMissingError):
        CheckedSandboxes(sandboxes, lambda: refuse_other_image(OTHER)).open()
    assert opened == []
    CheckedSandboxes(sandboxes, lambda: refuse_other_image({WANTED: "15", HAS: "15"})).open()
    assert opened == [True]


def test_the_image_says_what_it_was_built_for():
    text = DOCKERFILE.read_text()
    (_, _, after_from) = text.partition("\nFROM ")  # ARG ends at FROM
    assert f"\nARG PG_MAJOR\nENV {HAS}=${{PG_MAJOR}}\n" in after_from
    assert re.search(r"^FROM postgres:\$\{PG_MAJOR\}-", text, re.MULTILINE)


def test_a_dump_in_another_image_fails_and_tells_the_cure(tmp_path, monkeypatch):
    settings = f"""
        catalog = "file://{tmp_path}"
        [sources.scims-db]
        url = "postgresql://nobody@127.0.0.1:1/nowhere"
        vault = "restic:{tmp_path}/vault"
    """
    variables = {"SCIMS_SETTINGS": settings, "RESTIC_PASSWORD_FILE": "/dev/null"}
    for name, value in {**variables, "SCIMS_SOURCE": "scims-db", **OTHER}.items():
        monkeypatch.setenv(name, value)
    outcome = dump({}, SimpleNamespace(aws_request_id="7f", get_remaining_time_in_millis=lambda: 900_000))
    assert (outcome["outcome"], outcome["error"]) == ("failed", "ToolMissingError")
    (key,) = FolderCatalog(tmp_path).keys("events/")
    told = json.loads(FolderCatalog(tmp_path).get(key))
    assert told["kind"] == "BackupFailed"
    assert "sam build --parameter-overrides PostgresqlMajor=16" in json.dumps(told["facts"])
    assert not (tmp_path / "vault").exists()


@pytest.mark.parametrize(
    ("environment", "cure"),
    [({HAS: "15"}, "build and deploy again"), ({}, "apt-get install postgresql-client-15")],
    ids=["in an image", "on a machine"],
)
def test_programs_of_an_older_minor_are_named_with_the_cure_of_where_they_run(monkeypatch, environment, cure):
    monkeypatch.delenv(HAS, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    connection: Any = SimpleNamespace(info=SimpleNamespace(server_version=150_020))
    older = older_programs(connection, ClientPrograms(Path("/usr/bin"), "15.19"))
    assert older is not None
    assert older.message.startswith("pg_dump 15.19 is older than the server, 15.20")
    assert cure in older.cure
