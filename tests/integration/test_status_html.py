"""`status --html`: the pages that it writes, and what a source that cannot be read does to them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.cli.exits import Exit
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.run_record import RunResult
from tests.fakes import a_manifest, put_backup
from tests.support.cli import Cli
from tests.support.status_pages import backup


@pytest.fixture
def catalog(tmp_path):
    return FolderCatalog(tmp_path / "catalog")


@pytest.fixture
def cli(tmp_path):
    return Cli({"PATH": "/usr/bin:/bin", "SCIMS_CATALOG": f"file://{tmp_path}/catalog"})


def store(catalog, source):
    now = datetime.now(UTC)
    stored = BackupId(source, stamp_of(now))
    put_backup(catalog, replace(a_manifest(), backup=stored, started=now, finished=now))
    return stored


def written(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_source_of_a_catalog_has_a_page_and_the_screen_says_where(cli, catalog, tmp_path):
    for source in ("scims-db", "scims-redis"):
        store(catalog, source)
    ended = cli.run("status", "--html", str(tmp_path / "html"))
    assert ended.code == Exit.DONE, ended.err
    assert written(tmp_path / "html") == {"index.html", "sources/scims-db.html", "sources/scims-redis.html"}
    assert f"page: file://{tmp_path}/html/index.html" in ended.out


def test_with_a_source_only_its_page_is_written(cli, catalog, tmp_path):
    for source in ("scims-db", "scims-redis"):
        store(catalog, source)
    cli.run("status", "--source", "scims-db", "--html", str(tmp_path / "html"))
    assert written(tmp_path / "html") == {"index.html", "sources/scims-db.html"}


def test_the_retention_policy_of_the_settings_says_what_is_kept(cli, catalog, tmp_path):
    stored = store(catalog, "scims-db")
    (tmp_path / "settings.toml").write_text(
        f'catalog = "file://{tmp_path}/catalog"\n[sources.scims-db]\nurl = "postgresql://db.example.org/scims"\n'
        'vault = "restic:/nowhere"\nretention = { daily = 7, time_zone = "Asia/Tokyo" }\n'
    )
    ended = cli.run("status", "--config", str(tmp_path / "settings.toml"), "--html", str(tmp_path / "html"))
    assert ended.code == Exit.DONE, ended.err
    html = (tmp_path / "html" / "sources" / "scims-db.html").read_text()
    assert f"<code>{stored}</code></th><td>newest, daily " in html
    assert "time zone Asia/Tokyo" in html


def test_the_json_is_the_same_as_without_a_page(cli, catalog, tmp_path):
    store(catalog, "scims-db")
    plain = cli.run("status", "--json").document
    document = cli.run("status", "--json", "--html", str(tmp_path / "html")).document
    assert document.keys() == plain.keys()
    assert [one["source"] for one in document["sources"]] == ["scims-db"]


def test_a_damaged_record_is_named_on_the_page(cli, catalog, tmp_path):
    store(catalog, "scims-db")
    failed = backup(
        datetime.now(UTC) - timedelta(days=40), backup=None, result=RunResult.FAILED, reason="disk full"
    )
    catalog.put_new(keys.run_record("scims-db", failed.began, failed.kind, "x"), failed.to_bytes())
    damaged = keys.run_record("scims-db", failed.began, failed.kind, "y")
    catalog.put_new(damaged, b"{")
    cli.run("status", "--html", str(tmp_path / "html"))
    html = (tmp_path / "html" / "sources" / "scims-db.html").read_text()
    assert "failed: disk full" in html
    assert damaged in html


def test_a_folder_that_cannot_be_written_is_an_error(cli, catalog, tmp_path):
    store(catalog, "scims-db")
    (tmp_path / "html").write_text("a file")
    ended = cli.run("status", "--html", str(tmp_path / "html"), "--json")
    assert ended.code == Exit.FAILED
    assert ended.document["error"]["kind"] == "PageError"
