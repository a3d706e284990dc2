"""What a server that is made for a drill is to be."""

from dataclasses import replace

import pytest

from scims_backup.domain.errors import TaskRefusedError
from scims_backup.domain.sandbox_server import gib_for, version_for, version_of
from tests.fakes import a_manifest

GIB = 2**30
OFFERED = ["14.22", "15.9", "15.12-R2", "15.18", "15.20", "16.13", "16.9"]


@pytest.mark.parametrize(
    ("source", "chosen"),
    [
        ("15.18", "15.18"),
        ("15.19", "15.20"),
        ("16.14", "16.13"),
        ("16", "16.13"),
        ("15.12", "15.20"),
        ("13.22", None),
        ("1.5", None),
    ],
)
def test_the_version_is_the_sources_or_the_newest_minor_of_its_major(source, chosen):
    assert version_for(source, OFFERED) == chosen


@pytest.mark.parametrize(
    ("archive", "gib"), [(0, 20), (5 * GIB, 20), (5 * GIB + 1, 21), (100 * GIB, 305), (21_000 * GIB, 63_005)]
)
def test_storage_follows_the_archive(archive, gib):
    assert gib_for(archive) == gib


def test_a_database_that_no_instance_holds_is_refused_with_a_cure():
    with pytest.raises(TaskRefusedError, match="at most 65536") as refused:
        gib_for(22_000 * GIB)
    assert refused.value.cure


@pytest.mark.parametrize(("said", "version"), [("15.19", "15.19"), ("15.19 (Debian 15.19-1)", "15.19")])
def test_the_version_is_read_from_the_manifest(said, version):
    assert version_of(replace(a_manifest(), server={"version": said})) == version


def test_a_manifest_without_a_version_is_refused():
    with pytest.raises(TaskRefusedError, match="which version"):
        version_of(replace(a_manifest(), server={}))
