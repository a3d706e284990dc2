"""A catalog and a vault of the version before engines (tests/golden/before-engines), in today's hands."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from scims_backup.domain.drill_run import Refusal, started_in, started_note, task_in, task_note
from scims_backup.domain.events import Event
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.second_copy import CopyRecord
from scims_backup.domain.sign_off import SignOff
from scims_backup.domain.tombstone import Tombstone
from scims_backup.domain.verdict import Report
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.ports.leases import Holder
from scims_backup.usecases.backups.run_records import StoredRecord
from tests.support import cli_schemas
from tests.support.cli import Cli
from tests.support.databases import Database
from tests.support.scims import TABLES

GOLDEN = Path(__file__).parents[1] / "golden" / "before-engines" / "deployment.tar.xz"
PASSWORD = "of the version before engines"
BEGUN, PRUNABLE, HELD, PROVEN, NEWEST = (
    f"scims-db-20261128T{time}Z" for time in ("223608", "223612", "223616", "223626", "223645")
)
SETTINGS = """
catalog = "file://{home}/catalog"
[sources.scims-db]
url = "postgresql://nobody@127.0.0.1:1/scims"
vault = "restic:{home}/vault"
vault_secret = "file:{home}/password"
retention = {{ last = 1 }}
"""


def unpacked(home):
    with tarfile.open(GOLDEN) as packed:
        packed.extractall(home, filter="data")
    (home / "password").write_text(PASSWORD)
    (home / "scims.toml").write_text(SETTINGS.format(home=home))
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return unpacked(tmp_path_factory.mktemp("before"))


def cli_on(home, server):
    return Cli(
        {
            "SCIMS_CONFIG": str(home / "scims.toml"),
            "SCIMS_POSTGRESQL_BIN": str(server.programs),
            "RESTIC_CACHE_DIR": str(home / "cache"),
        }
    )


@pytest.fixture(scope="module")
def cli(home, server):
    return cli_on(home, server)


def _done(cli, command, *arguments, code=0, schema=None):
    ended = cli.run(command, *arguments, "--json")
    assert ended.code == code, ended.out + ended.err
    cli_schemas.check(schema or command, ended.document)
    return ended.document


def test_all_backups_are_listed_with_their_verdicts_and_holds(cli):
    listed = _done(cli, "list")
    assert [(one["id"], one["verdict"]) for one in listed] == [
        (PRUNABLE, "inconclusive"),
        (HELD, None),
        (PROVEN, "passed"),
        (NEWEST, None),
    ]
    assert [one["id"] for one in listed if one["holds"]] == [HELD]


@pytest.mark.parametrize("backup", [PRUNABLE, HELD, PROVEN, NEWEST])
def test_each_backup_is_shown_and_its_archive_is_whole(cli, backup):
    assert _done(cli, "show", backup)["id"] == backup
    assert _done(cli, "verify", backup)["id"] == backup


@pytest.mark.parametrize("backup", [HELD, NEWEST], ids=["full", "counts"])
def test_a_drill_proves_a_backup(cli, backup):
    drilled = _done(cli, "drill", backup)
    assert (drilled["verdict"], drilled["findings"]) == ("passed", [])
    assert drilled["compared"]["tables"] == len(TABLES)


def test_what_is_restored_compares_as_the_same_and_a_lost_row_is_found(cli, server):
    name = "before_engines"
    _done(cli, "restore", PROVEN, "--target-url", server.url("postgres"), "--into", name)
    restored = Database(server, name)
    try:
        assert _done(cli, "compare", PROVEN, "--target-url", restored.url)["findings"] == []
        restored.execute("DELETE FROM public.crafts WHERE ctid = (SELECT min(ctid) FROM public.crafts)")
        findings = _done(cli, "compare", PROVEN, "--target-url", restored.url, code=3)["findings"]
    finally:
        server.drop_database(name)
    assert ("rows-differ", "table public.crafts") in [(one["kind"], one["object"]) for one in findings]


def test_the_checklist_counts_its_drill_and_its_sign_off(cli):
    ended = cli.run("checklist", "--json")  # the exit code depends on how long ago all this was
    cli_schemas.check("checklist", ended.document)
    lists = ended.document["lists"]
    lines = {line["id"]: line for lines in lists.values() for line in lines}
    assert "by Ada" in lines["full-restore-monthly"]["evidence"][0]["fact"]


def test_prune_goes_on_with_a_removal_and_keeps_what_is_held_or_proven(server, tmp_path):
    cli = cli_on(unpacked(tmp_path), server)
    pruned = _done(cli, "prune")
    assert sorted(pruned["removed"]) == [BEGUN, PRUNABLE]
    assert [one["id"] for one in _done(cli, "list")] == [HELD, PROVEN, NEWEST]
    assert not list((tmp_path / "catalog" / "tombstones").rglob("*.json"))
    archives = [path for path in (tmp_path / "vault" / "snapshots").iterdir() if path.is_file()]
    assert len(archives) == 3


WRITTEN: dict[str, Callable[[bytes, str], bytes]] = {
    "manifests/*/*.json": lambda data, name: Manifest.from_bytes(data, name).to_bytes(),
    "tombstones/*/*.json": lambda data, name: Tombstone.from_bytes(data, name).to_bytes(),
    "runs/*/*/claim.json": lambda data, name: Holder.from_bytes(data, name).to_bytes(),
    "runs/*/*/stored-*.json": lambda data, name: StoredRecord.from_bytes(data, name).to_bytes(),
    "copies/*/*/*.json": lambda data, name: CopyRecord.from_bytes(data, name).to_bytes(),
    "drills/*/*/*/report.json": lambda data, name: Report.from_bytes(data, name).to_bytes(),
    "drills/*/*/*/verdict.*.json": lambda data, name: Report.from_bytes(data, name).to_bytes(),
    "drills/*/*/*/signed-off.json": lambda data, name: SignOff.from_bytes(data, name).to_bytes(),
    "drills/*/*/*/started-*.json": lambda data, name: started_note("7f", started_in(data, name)),
    "drills/*/*/*/task-*.json": lambda data, name: task_note(task_in(data, name)),
    "drills/*/*/*/refused-*.json": lambda data, name: Refusal.from_bytes(data, name).to_bytes(),
    "events/*/*/*/*.json": lambda data, name: Event.from_bytes(data, name).to_bytes(),
}


@pytest.mark.parametrize("pattern", WRITTEN)
def test_a_document_that_is_read_and_written_again_has_the_same_bytes(home, pattern):
    found = list((home / "catalog").glob(pattern))
    assert found
    for path in found:
        data = path.read_bytes()
        assert WRITTEN[pattern](data, path.name) == data, path


def test_a_proof_that_is_read_and_written_again_differs_in_naming_its_engine_alone(home):
    found = list((home / "catalog" / "proofs").rglob("*.zst"))
    assert len(found) == 5
    for path in found:
        data = zstandard.decompress(path.read_bytes())
        written = json.loads(Proof.from_bytes(data, path.name).to_bytes())
        assert written == {**json.loads(data), "engine": "postgresql", "format": "custom"}
