"""The folder catalog's own promises."""

import errno
import os

import pytest

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.domain.errors import CatalogUnreachableError, KeyTakenError, UsageError


@pytest.fixture
def catalog(tmp_path):
    return FolderCatalog(tmp_path / "catalog")


def failing(number):
    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    return fail


def everything_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "key", ["../x", "a/../../x", "/etc/x", "a//x", "a/", "", ".hidden/x", "a/.x", "a/x\0"]
)
def test_a_key_that_would_leave_the_folder_or_hide_is_refused(catalog, tmp_path, key):
    for use in (lambda: catalog.put_new(key, b"x"), lambda: catalog.get(key), lambda: catalog.delete(key)):
        with pytest.raises(UsageError, match="is not a valid catalog key"):
            use()
    assert everything_in(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "cure"),
    [
        (errno.ENOSPC, "free space"),
        (errno.EACCES, "allow this user"),
        (errno.EROFS, "read-write"),
        (errno.EPERM, "links"),
    ],
)
def test_a_failure_of_the_file_system_is_named_with_its_cure(catalog, monkeypatch, number, cure):
    monkeypatch.setattr(os, "link", failing(number))
    with pytest.raises(CatalogUnreachableError, match=cure) as failure:
        catalog.put_new("a/x", b"x")
    assert "a/x" in failure.value.message
    assert os.strerror(number) in failure.value.message


def test_a_write_that_fails_leaves_nothing_behind(catalog, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    with pytest.raises(CatalogUnreachableError):
        catalog.put_new("a/x", b"x")
    assert everything_in(tmp_path) == []


def test_a_refused_object_leaves_nothing_behind(catalog, tmp_path):
    catalog.put_new("a/x", b"one")
    with pytest.raises(KeyTakenError):
        catalog.put_new("a/x", b"two")
    assert everything_in(tmp_path) == [tmp_path / "catalog/a/x"]


def test_a_file_where_the_folder_should_be_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CatalogUnreachableError, match="choose a folder"):
        FolderCatalog(tmp_path / "file" / "catalog").put_new("a/x", b"x")


def test_what_a_killed_writer_left_is_never_listed(catalog, tmp_path):
    catalog.put_new("a/x", b"x")
    (tmp_path / "catalog/.partial/0123").write_bytes(b"half")
    assert list(catalog.keys("")) == ["a/x"]


def test_an_object_is_durable_before_it_has_its_name(catalog, monkeypatch):
    calls = []

    def recorded(function):
        def record(*arguments):
            calls.append(function.__name__)
            function(*arguments)

        return record

    monkeypatch.setattr(os, "fsync", recorded(os.fsync))
    monkeypatch.setattr(os, "link", recorded(os.link))
    catalog.put_new("a/b/x", b"x")
    assert calls == ["fsync", "link", "fsync", "fsync", "fsync"]
