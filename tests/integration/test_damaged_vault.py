"""A repository harmed on its disk: `verify` and `drill` say so, each with its exit code; `list` stands."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import cli_schemas
from tests.support.cli import Cli
from tests.support.databases import Database, deployment_of
from tests.support.servers import PostgresServer

ROWS = (
    "CREATE TABLE t AS SELECT n, md5(n::text) || md5((n + 1)::text) AS text FROM generate_series(1, 20000) n"
)


@dataclass(frozen=True)
class Kept:
    """A backup, and where its repository and manifest lie."""

    cli: Cli
    repository: Path
    manifest: Path


@pytest.fixture(scope="module")
def sound(server: PostgresServer, tmp_path_factory):
    """Take one backup; every test harms a copy of it."""
    directory = tmp_path_factory.mktemp("sound")
    server.create_database("damaged_vault", ROWS)
    environment = deployment_of(Database(server, "damaged_vault"), directory)
    ended = Cli(environment).run("backup", "--json")
    assert ended.code == 0, ended.err
    yield environment, directory
    server.drop_database("damaged_vault")


@pytest.fixture
def kept(sound, tmp_path) -> Kept:
    environment, directory = sound
    for part in ("catalog", "restic"):
        shutil.copytree(directory / part, tmp_path / part)
    here = {"SCIMS_CATALOG": f"file://{tmp_path / 'catalog'}", "SCIMS_VAULT": f"restic:{tmp_path / 'restic'}"}
    (manifest,) = (tmp_path / "catalog/manifests/scims-db").iterdir()
    return Kept(Cli({**environment, **here}), tmp_path / "restic", manifest)


def _largest_pack(repository: Path) -> Path:
    return max((path for path in (repository / "data").rglob("*") if path.is_file()), key=_length)


def _length(path: Path) -> int:
    return path.stat().st_size


def _flip(path: Path) -> None:
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _flip_pack(repository: Path) -> None:
    _flip(_largest_pack(repository))


def _forget_snapshot(repository: Path) -> None:
    for snapshot in (repository / "snapshots").iterdir():
        snapshot.unlink()


def _lose_repository(repository: Path) -> None:
    shutil.rmtree(repository)


@pytest.mark.parametrize(
    ("harm", "error", "drilled", "finding"),
    [
        (_flip_pack, "ArchiveDamagedError", 3, "archive-damaged"),
        (_forget_snapshot, "ArchiveMissingError", 3, "archive-missing"),
        (_lose_repository, "VaultGoneError", 4, None),
    ],
    ids=["a flipped byte", "a lost snapshot", "a lost repository"],
)
def test_harm_is_named_and_has_its_exit_code(
    kept: Kept, harm: Callable[[Path], None], error: str, drilled: int, finding: str | None
) -> None:
    harm(kept.repository)
    verified = kept.cli.run("verify", "--json")
    assert (verified.code, verified.document["error"]["kind"]) == (1, error)
    drill = kept.cli.run("drill", "--json")
    found = [one["kind"] for one in drill.document["findings"]]
    assert (drill.code, found) == (drilled, [finding] if finding else [])
    assert kept.cli.run("list", "--json").code == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [(('"version": 1', '"version": 2'), "has version 2"), (('"sha256"', '"sha25'), "damaged")],
)
def test_a_manifest_that_is_damaged_or_newer_is_refused_by_name(
    kept: Kept, change: tuple[str, str], said: str
) -> None:
    kept.manifest.write_text(kept.manifest.read_text().replace(*change))
    for command in ("show", "verify", "drill"):
        ended = kept.cli.run(command, "--json")
        assert ended.code == 1
        assert said in ended.document["error"]["message"]
        assert kept.manifest.name in ended.document["error"]["message"]


def test_storage_measures_what_it_can_and_names_a_damaged_archive(kept):
    before = kept.cli.run("storage", "--json").document
    first = {path.name for path in (kept.repository / "data").rglob("*")}
    sound = kept.cli.run("backup", "--json").document
    assert sound["warnings"] == []
    whole = kept.cli.run("storage", "--json").document
    trees = [path for path in (kept.repository / "data").rglob("*") if path.name in first and path.is_file()]
    _flip(min(trees, key=_length))
    ended = kept.cli.run("storage", "--json", RESTIC_CACHE_DIR=str(kept.repository.parent / "fresh"))
    assert ended.code == 1, ended.out + ended.err
    cli_schemas.check("storage", ended.document)
    (problem,) = ended.document["problems"]
    assert "of scims-db is damaged" in problem
    (measured,) = ended.document["sources"]
    assert (measured["backups"], before["problems"], whole["problems"]) == (2, [], [])
    assert 0 < measured["bytes"] <= whole["sources"][0]["bytes"]
    told = kept.cli.run("storage", RESTIC_CACHE_DIR=str(kept.repository.parent / "fresh"))
    assert (told.code, "problem  archive" in told.out) == (1, True)


def test_a_source_that_cannot_be_measured_does_not_hide_another(kept, tmp_path):
    settings = tmp_path / "scims.toml"
    environment = kept.cli.environment
    settings.write_text(
        f'catalog = "{environment["SCIMS_CATALOG"]}"\n'
        f'[sources.scims-db]\nvault = "{environment["SCIMS_VAULT"]}"\n'
        f'[sources.other]\nvault = "restic:{tmp_path / "nowhere"}"\n'
    )
    without = {name: value for name, value in environment.items() if not name.startswith("SCIMS_")}
    ended = Cli({**without, "SCIMS_CONFIG": str(settings)}).run("storage", "--json")
    assert ended.code == 1, ended.out + ended.err
    cli_schemas.check("storage", ended.document)
    assert [one["source"] for one in ended.document["sources"]] == ["scims-db"]
    assert ended.document["problems"][0].startswith("other cannot be measured: ")
