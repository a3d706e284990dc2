"""`status` as it is called: exit codes, one broken source, S3, and the requests that it says it made."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from scims_backup.bootstrap import status_cases
from scims_backup.bootstrap.clock_and_ids import clock
from scims_backup.bootstrap.components import catalog_at, s3_client
from scims_backup.cli.main import run
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.verdict import Verdict
from scims_backup.ports import Catalog
from scims_backup.settings.flags import Flags
from scims_backup.settings.resolution import place_of_catalog
from tests.fakes import a_manifest, put_backup, put_drill
from tests.support import cli_schemas
from tests.support.cli import Program
from tests.support.databases import deployment_of
from tests.support.s3.server import S3Server

STAMP = stamp_of(clock())


def filled(catalog: Catalog, *sources: str, verdict: Verdict = Verdict.PASSED) -> None:
    for source in sources:
        put_backup(catalog, a_manifest(STAMP, source))
        put_drill(catalog, BackupId(source, STAMP), STAMP, verdict)


def status(
    capsys: pytest.CaptureFixture[str], environment: dict[str, str], *more: str
) -> tuple[int, dict[str, Any]]:
    """Run it; its JSON meets the documented schema."""
    code = run(["status", "--json", "--quiet", *more], environment)
    document = json.loads(capsys.readouterr().out)
    cli_schemas.check("error" if "error" in document else "status", document)
    return code, document


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "catalog"


def settings(folder: Path, more: str = "") -> dict[str, str]:
    """The environment for a document with two sources."""
    document = f'catalog = "file://{folder}"\n[sources.one]\n[sources.two]\n{more}'
    return {"SCIMS_SETTINGS": document}


def test_with_a_catalog_alone_every_source_in_it_is_shown(folder, capsys):
    filled(catalog_at(folder, s3_client), "one", "two")
    code, document = status(capsys, {"SCIMS_CATALOG": f"file://{folder}"})
    assert (code, [one["source"] for one in document["sources"]]) == (0, ["one", "two"])


def test_the_sources_of_the_settings_are_shown_though_one_has_no_backup_yet(folder, capsys):
    filled(catalog_at(folder, s3_client), "one", "of-somebody-else")
    code, document = status(capsys, settings(folder))
    assert (code, [one["source"] for one in document["sources"]]) == (0, ["one", "two"])
    assert document["sources"][1]["judged"][0]["cure"] == "take the first one: scims-backup backup"


def test_one_named_source_is_shown_alone(folder, capsys):
    filled(catalog_at(folder, s3_client), "one", "two")
    _, document = status(capsys, settings(folder), "--source", "two")
    assert [one["source"] for one in document["sources"]] == ["two"]


@pytest.mark.parametrize(
    ("verdict", "code"), [(Verdict.PASSED, 0), (Verdict.INCONCLUSIVE, 1), (Verdict.FAILED, 2)]
)
def test_the_exit_code_is_that_of_the_worst_source(folder, capsys, verdict, code):
    filled(catalog_at(folder, s3_client), "one")
    filled(catalog_at(folder, s3_client), "two", verdict=verdict)
    assert status(capsys, settings(folder))[0] == code


def test_a_source_whose_settings_are_wrong_is_critical_and_hides_no_other(folder, capsys):
    filled(catalog_at(folder, s3_client), "one", "two")
    code, document = status(capsys, settings(folder, 'after_restore = "/nowhere/at-all.sql"\n'))
    assert (code, [one["source"] for one in document["sources"]]) == (2, ["one"])
    ((name, message),) = [(one["source"], one["message"]) for one in document["broken"]]
    assert name == "two"
    assert "/nowhere/at-all.sql" in message


@pytest.mark.parametrize("sources", [True, False])
def test_a_catalog_that_cannot_be_read_is_critical(sources, moto, monkeypatch, capsys):
    for name, value in moto.environment().items():
        monkeypatch.setenv(name, value)
    named = {"SCIMS_SETTINGS": "[sources.one]\n[sources.two]\n"} if sources else {}
    code, document = status(capsys, {"SCIMS_CATALOG": "s3://no-such-bucket/catalog", **named})
    broken = [one["source"] for one in document["broken"]]
    assert (code, broken) == (2, ["one", "two"] if sources else ["s3://no-such-bucket/catalog"])


def test_a_folder_that_is_not_there_is_a_warning_for_its_disk_may_not_be_mounted(folder, capsys):
    code, document = status(capsys, settings(folder))
    assert (code, len(document["problems"])) == (1, 1)
    assert "is its disk mounted?" in document["problems"][0]


def test_wrong_usage_has_an_error_document(capsys):
    code, document = status(capsys, {})
    assert (code, document["error"]["kind"]) == (2, "UsageError")
    assert run(["status", "--json", "--watch", "1"], {"SCIMS_CATALOG": "file:///x"}) == 2


@pytest.mark.parametrize("store", ["moto", "seaweedfs"])
def test_on_s3_it_makes_as_many_requests_as_it_says(store, request, monkeypatch, capsys):
    server: S3Server = request.getfixturevalue(store)
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    place, made = f"s3://{server.new_bucket()}/catalog", []

    def counting(*access):
        client = s3_client(*access)
        client.meta.events.register("before-send.s3", lambda **_: made.append(1))
        return client

    monkeypatch.setattr(status_cases, "s3_client", counting)
    environment = {"SCIMS_CATALOG": place}
    catalog = catalog_at(place_of_catalog(Flags(), environment), s3_client)
    filled(catalog, *[f"s{number}" for number in range(12)])
    first = status(capsys, environment)[1]
    assert first["requests"] == len(made)
    made.clear()
    second = status(capsys, environment)[1]
    assert second["requests"] == len(made) == 5 + 8 + 12
    assert [one["newest"] for one in second["sources"]] == [one["newest"] for one in first["sources"]]


def test_a_list_says_what_is_judged_and_what_cannot_be_read(folder, capsys):
    catalog = catalog_at(folder, s3_client)
    filled(catalog, "one", verdict=Verdict.FAILED)
    assert run(["list", "--source", "one"], settings(folder)) == 0
    assert "CRITICAL  one-" in capsys.readouterr().out
    catalog.put_new(keys.drills_since("one"), b"{")
    assert run(["list", "--source", "one"], settings(folder)) == 0
    assert "CRITICAL  drills/one/since.json is damaged" in capsys.readouterr().out
    assert not list(catalog.keys("summaries/"))


def test_it_is_shown_again_and_again_until_it_is_interrupted(folder):
    filled(catalog_at(folder, s3_client), "one")
    with Program(settings(folder)).start("status", "--watch", "1") as process:
        assert process.stdout is not None
        seen = [next(line for line in process.stdout if "requests" in line) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 128 + signal.SIGINT
    assert [line.split(";")[0] for line in seen] == ["2 ok", "2 ok"]


def test_a_backup_leaves_a_summary_so_that_the_first_look_is_quick(database, tmp_path, capsys):
    environment = deployment_of(database, tmp_path)
    assert Program(environment).run("backup").code == 0
    (before,) = (tmp_path / "catalog/summaries/scims-db").iterdir()
    code, document = status(capsys, environment)
    (source,) = document["sources"]
    assert (code, document["requests"], source["standing"]) == (0, 5 + 8 + 1, "fine")
    assert list((tmp_path / "catalog/summaries/scims-db").iterdir()) == [before]
