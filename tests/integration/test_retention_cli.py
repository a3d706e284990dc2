"""An operator's retention from end to end: nights, a drill, a hold, prune, storage, in every place."""

import json
from types import SimpleNamespace

import pytest

from functions.prune.handler import handler
from scims_backup.adapters.catalogs.folder import FolderCatalog
from tests.support import cli_schemas
from tests.support.cli import Cli
from tests.support.databases import Database, restic_place
from tests.support.earlier_nights import put_earlier_nights
from tests.support.scims import load_scims

NIGHTS = [f"2026-11-{day}T02:00:00Z" for day in (17, 18, 19, 20, 21)]
MINE = ("--source", "scims-db")
IDS = [f"scims-db-202611{day}T020000Z" for day in (17, 18, 19, 20, 21)]
SETTINGS = """
catalog = "{catalog}"
quota = "10MB"
[sources.scims-db]
url = "{url}"
vault = "{vault}"
quota = "1kB"
retention = {{ daily = 2, time_zone = "Europe/Berlin" }}
[sources.scims-db-2]
url = "{url}"
vault = "{vault}"
retention = {{ last = 1 }}
"""


@pytest.fixture(scope="module")
def scims(server):
    server.create_database("retention_scims")
    database = Database(server, "retention_scims")
    load_scims(database, users=50)
    yield database
    server.drop_database("retention_scims")


def _folder_and_restic(tmp_path, _request):
    place = restic_place(tmp_path)
    return f"file://{tmp_path / 'catalog'}", place.vault, place.environment


def _s3_and_s3(_tmp_path, request):
    store = request.getfixturevalue("seaweedfs")
    bucket = store.new_bucket(versioned=True)
    return f"s3://{bucket}/catalog", f"s3://{bucket}/archives", store.environment()


def _s3_and_restic_on_s3(_tmp_path, request):
    store = request.getfixturevalue("seaweedfs")
    bucket = store.new_bucket()
    variables = {**store.environment(), "RESTIC_PASSWORD": "of a repository in S3"}
    return f"s3://{bucket}", f"restic:s3:{store.url}/{bucket}/restic", variables


@pytest.fixture(params=[_folder_and_restic, _s3_and_s3, _s3_and_restic_on_s3])
def cli(request, server, scims, tmp_path):
    catalog, vault, variables = request.param(tmp_path, request)
    return _cli(catalog, vault, variables, server, scims, tmp_path)


@pytest.fixture
def local_cli(request, server, scims, tmp_path):
    catalog, vault, variables = _folder_and_restic(tmp_path, request)
    return _cli(catalog, vault, variables, server, scims, tmp_path)


def _cli(catalog, vault, variables, server, scims, tmp_path):
    settings = tmp_path / "scims.toml"
    settings.write_text(SETTINGS.format(catalog=catalog, vault=vault, url=scims.url))
    return Cli(
        {
            "SCIMS_CONFIG": str(settings),
            "SCIMS_POSTGRESQL_BIN": str(server.programs),
            "RESTIC_CACHE_DIR": str(tmp_path / "cache"),
            **variables,
        }
    )


def _json(cli, code, *arguments):
    ended = cli.run(*arguments, "--json", "--quiet")
    assert ended.code == code, ended.out + ended.err
    cli_schemas.check(arguments[0] if "error" not in ended.document else "error", ended.document)
    return ended.document


def _ids(cli, source="scims-db"):
    return [one["id"] for one in _json(cli, 0, "list", "--source", source)]


@pytest.fixture
def nights(cli):
    """Five nights of one source, the first proven, the second held, and one night of a neighbour."""
    for night in NIGHTS:
        _json(cli, 0, "backup", *MINE, "--scheduled", night, "--level", "counts")
    _json(cli, 0, "backup", "--source", "scims-db-2", "--scheduled", NIGHTS[0], "--level", "counts")
    assert _json(cli, 0, "drill", IDS[0])["verdict"] == "passed"
    held = _json(cli, 0, "hold", IDS[1], "--until", "2126-12-31")
    assert (held["holder"], held["until"]) == ("operator", "2126-12-31T23:59:59+00:00")
    return cli


def test_nights_are_kept_proven_held_and_pruned(nights):
    assert _json(nights, 0, "backup", *MINE, "--scheduled", NIGHTS[0])["already"] == "done"
    before = _json(nights, 0, "storage")
    planned = _json(nights, 0, "prune", *MINE, "--dry-run")
    assert planned["remove"] == [IDS[2]]
    reasons = {kept["id"]: kept["reasons"] for kept in planned["keep"]}
    assert "newest proven" in reasons[IDS[0]]
    assert "held by operator until 2126-12-31T23:59:59+00:00" in reasons[IDS[1]]
    assert _ids(nights) == IDS
    pruned = _json(nights, 0, "prune", *MINE)
    assert (pruned["removed"], pruned["refused"], pruned["leftovers"]) == ([IDS[2]], [], [])
    assert _ids(nights) == IDS[:2] + IDS[3:]
    assert _json(nights, 0, "verify", IDS[0])["verified"]
    _check_storage(nights, before)
    assert "nothing was released" in _json(nights, 2, "unhold", "newest-proven", *MINE)["error"]["message"]
    assert [one["holder"] for one in _json(nights, 0, "unhold", IDS[1])["released"]] == ["operator"]
    assert _json(nights, 0, "prune", *MINE)["removed"] == [IDS[1]]
    _json(nights, 0, "verify", IDS[0].replace("scims-db", "scims-db-2"))
    cli_schemas.check("error", json.loads(nights.run("hold", IDS[1], "--until", "2126-12-31", "--json").out))


def _check_storage(cli, before):
    reclaimed = _json(cli, 0, "reclaim", *MINE)
    assert reclaimed["bytes"] <= reclaimed["bytes_before"]
    after = _json(cli, 0, "storage")
    assert [one["backups"] for one in after["sources"]] == [4, 1]
    assert after["sources"][0]["bytes"] < before["sources"][0]["bytes"]
    assert (after["sources"][0]["over_quota"], after["over_quota"]) == (True, False)
    assert len(after["places"]) == 1


def test_a_scheduled_run_can_be_seen_by_people(local_cli):
    said = local_cli.run("backup", "--source", "scims-db", "--scheduled", NIGHTS[0], "--quiet")
    assert f"backup {IDS[0]} is complete" in said.out
    said = local_cli.run("backup", "--source", "scims-db", "--scheduled", NIGHTS[0], "--quiet")
    assert (said.code, said.out) == (0, f"backup {IDS[0]} is already done\n")
    assert f"{IDS[0]} is held until" in local_cli.run("hold", IDS[0], "--until", "2126-12-31", "--quiet").out
    for command in ("list", "show"):
        said = local_cli.run(command, "--source", "scims-db", "--quiet").out
        assert "held by operator until 2126-12-31 23:59:59 UTC" in said
        (held,) = (
            [_json(local_cli, 0, command, *MINE)]
            if command == "show"
            else _json(local_cli, 0, command, *MINE)
        )
        assert held["holds"] == [{"holder": "operator", "until": "2126-12-31T23:59:59+00:00"}]
    for command in ("prune --dry-run", "prune"):
        assert "newest" in local_cli.run(*command.split(), "--source", "scims-db", "--quiet").out
    assert "total" in local_cli.run("storage", "--quiet").out
    assert "freed" in local_cli.run("reclaim", "--source", "scims-db", "--quiet").out
    assert "no longer held" in local_cli.run("unhold", IDS[0], "--quiet").out


def test_moments_that_cannot_be_meant_are_refused(local_cli):
    local_cli.run("backup", "--source", "scims-db", "--scheduled", NIGHTS[0], "--quiet")
    for says, arguments in {
        "--now 'tomorrow' is not a valid time": ("prune", "--now", "tomorrow"),
        "'2026-11-22T02:00:00' is not a valid time": ("prune", "--now", "2026-11-22T02:00:00"),
        "in the future": ("backup", "--scheduled", "2126-01-01T00:00:00Z"),
        "is in the past": ("hold", "newest", "--until", "2020-01-01"),
    }.items():
        ended = local_cli.run(*arguments, "--source", "scims-db")
        assert (ended.code, says in ended.err) == (2, True), ended.err


def test_rows_that_fell_to_a_tenth_and_a_quota_that_is_exceeded_are_warnings_of_the_command_line(
    local_cli, server, tmp_path
):
    server.create_database("retention_fallen", "CREATE TABLE many AS SELECT generate_series(1, 5000) AS n")
    source = ("--source-url", Database(server, "retention_fallen").url)
    _json(local_cli, 0, "backup", *MINE, *source, "--level", "counts")
    put_earlier_nights(FolderCatalog(tmp_path / "catalog"), "scims-db")
    server.execute("DELETE FROM many WHERE n > 500", "retention_fallen")
    taken = local_cli.run("backup", "--json", "--quiet", *MINE, *source, "--level", "counts")
    cli_schemas.check("backup", taken.document)
    fallen = "public.many 500 rows of 5000"
    assert (taken.code, len(taken.document["anomalies"])) == (0, 1)
    assert fallen in taken.document["anomalies"][0]
    assert fallen in taken.err
    assert "scims-backup: warning: " in taken.err
    pruned = local_cli.run("prune", "--json", "--quiet", *MINE)
    cli_schemas.check("prune", pruned.document)
    assert (pruned.code, len(pruned.document["warnings"])) == (0, 2)
    assert fallen in pruned.err
    assert "the archives of scims-db take" in pruned.err
    assert "quota 1.0 kB" in pruned.err
    server.drop_database("retention_fallen")


def test_a_run_repeated_for_an_earlier_time_is_the_newest_and_no_clock_went_back(local_cli):
    for night in (NIGHTS[3], NIGHTS[4], NIGHTS[0]):
        taken = _json(local_cli, 0, "backup", *MINE, "--scheduled", night, "--level", "counts")
        assert taken["warnings"] == []
    assert _ids(local_cli) == [IDS[3], IDS[4], IDS[0]]
    assert _json(local_cli, 0, "show", *MINE)["id"] == IDS[0]
    assert _json(local_cli, 0, "drill", *MINE)["id"] == IDS[0]
    assert _json(local_cli, 0, "show", "newest-proven", *MINE)["id"] == IDS[0]
    kept = _json(local_cli, 0, "prune", *MINE, "--dry-run")["keep"]
    assert {one["id"]: one["reasons"] for one in kept}[IDS[0]] == ["newest", "newest proven"]
    assert [one["id"] for one in kept] == [IDS[3], IDS[4], IDS[0]]


def test_much_at_once_is_shown_refused_and_confirmed_by_the_command_and_the_function(local_cli, monkeypatch):
    theirs = ("--source", "scims-db-2")
    for night in NIGHTS:
        _json(local_cli, 0, "backup", *theirs, "--scheduled", night, "--level", "counts")
    shown = _json(local_cli, 0, "prune", *theirs, "--dry-run")
    assert shown["much"] == ["4 of 5 backups would be removed at once"]
    said = local_cli.run("prune", *theirs, "--dry-run", "--quiet").out
    assert f"digest {shown['digest']}" in said
    for confirm in ((), ("--confirm", "0" * 32)):
        refused = _json(local_cli, 1, "prune", *theirs, *confirm)["error"]
        assert refused["kind"] == "MuchAtOnceError"
        assert f"scims-backup prune --confirm {shown['digest']}" in refused["cure"]
    assert len(_ids(local_cli, "scims-db-2")) == 5
    for name, value in {**local_cli.environment, "SCIMS_SOURCE": "scims-db-2"}.items():
        monkeypatch.setenv(name, value)
    context = SimpleNamespace(aws_request_id="7f")
    assert handler({"action": "prune"}, context)["error"] == "MuchAtOnceError"
    done = handler({"action": "prune", "confirm": shown["digest"]}, context)
    assert (done["outcome"], done["removed"]) == ("completed", shown["remove"])


def test_a_plan_without_a_vault_is_the_catalog_s_alone_and_has_no_digest(local_cli, tmp_path):
    catalog = f"file://{tmp_path / 'catalog'}"
    alone = Cli({name: local_cli.environment[name] for name in ("SCIMS_POSTGRESQL_BIN",)})
    planned = alone.run("prune", "--dry-run", "--json", "--quiet", *MINE, "--catalog", catalog)
    cli_schemas.check("prune", planned.document)
    assert planned.document == {"keep": [], "remove": [], "refused": []}
