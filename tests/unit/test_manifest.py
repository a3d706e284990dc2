"""The manifest: read back as written, compatible with old ones, refused by name when damaged or newer."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.engine_names import MadeBy
from scims_backup.domain.errors import DocumentError
from scims_backup.domain.manifest import Archive, Manifest, ProofRef, clock_went_back

FOLDER = Path(__file__).parents[1] / "golden"
GOLDEN = FOLDER / "manifest-v1.json"
NAME = "manifests/scims-db/20261122T020000Z.json"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
BYTES = st.integers(0, 1 << 60)
MANIFESTS = st.builds(
    Manifest,
    backup=st.builds(
        BackupId, st.from_regex(r"[a-z0-9][a-z0-9._-]{0,62}", fullmatch=True), MOMENTS.map(stamp_of)
    ),
    started=MOMENTS,
    finished=MOMENTS,
    archive=st.builds(Archive, bytes=BYTES, stored_bytes=BYTES, sha256=TEXT, vault=TEXT, ref=TEXT),
    proof=st.builds(ProofRef, key=TEXT, sha256=TEXT, level=st.sampled_from(["counts", "full"])),
    server=st.dictionaries(TEXT, TEXT, max_size=3),
    tools=st.dictionaries(TEXT, TEXT, max_size=3),
    warnings=st.lists(TEXT, max_size=3).map(tuple),
    made_by=st.builds(MadeBy, TEXT, TEXT),
    labels=st.dictionaries(TEXT, TEXT, max_size=3),
)


@given(MANIFESTS)
def test_a_manifest_is_read_back_as_it_was_written(manifest):
    assert Manifest.from_bytes(manifest.to_bytes(), NAME) == manifest


@given(MANIFESTS)
def test_the_same_manifest_is_written_as_the_same_bytes(manifest):
    again = Manifest.from_bytes(manifest.to_bytes(), NAME)
    assert again.to_bytes() == manifest.to_bytes()


def test_the_golden_manifest_of_version_1_is_read_and_written_as_ever():
    manifest = Manifest.from_bytes(GOLDEN.read_bytes(), NAME)
    assert str(manifest.backup) == "scims-db-20261122T020000Z"
    assert manifest.archive.bytes == 1_663_000_000
    assert manifest.archive.vault_ref.startswith("restic:4bba301e")
    assert manifest.finished - manifest.started == timedelta(seconds=42.25)
    assert manifest.to_bytes() == GOLDEN.read_bytes()


@pytest.mark.parametrize(
    ("file", "made_by", "labels"),
    [
        ("manifest-v1.json", MadeBy("postgresql", "custom"), {}),
        (
            "manifest-v1-with-engine.json",
            MadeBy("postgresql", "custom"),
            {"git_commit": "4b825dc642cb6eb9a060e54bf8d69288fbee4904"},
        ),
        ("manifest-v2.json", MadeBy("sqlite", "backup"), {}),
    ],
)
def test_each_golden_manifest_says_what_made_it_and_is_written_as_ever(file, made_by, labels):
    data = (FOLDER / file).read_bytes()
    manifest = Manifest.from_bytes(data, NAME)
    assert (manifest.made_by, manifest.labels) == (made_by, labels)
    assert manifest.to_bytes() == data


def test_a_new_manifest_names_its_engine_and_keeps_version_1_for_postgresql():
    old = Manifest.from_bytes(GOLDEN.read_bytes(), NAME)
    written = json.loads(replace(old, names_engine=True).to_bytes())
    assert written == {**json.loads(GOLDEN.read_bytes()), "engine": "postgresql", "format": "custom"}


def test_a_manifest_of_another_engine_is_newer_to_whoever_knows_version_1_alone():
    assert json.loads((FOLDER / "manifest-v2.json").read_bytes())["version"] == 2
    with pytest.raises(DocumentError, match=f"{NAME} has version 3; the newest this program knows is 2"):
        Manifest.from_bytes(changed(version=3, engine="sqlite"), NAME)


def test_a_newer_version_is_not_called_damaged_though_it_says_its_engine_otherwise():
    newer = changed(version=3, engine={"name": "postgresql"})
    with pytest.raises(DocumentError, match=f"{NAME} has version 3; the newest this program knows is 2"):
        Manifest.from_bytes(newer, NAME)


def test_a_newer_version_is_refused_by_name():
    newer = changed(version=2)
    with pytest.raises(DocumentError, match=f"{NAME} has version 2; the newest this program knows is 1"):
        Manifest.from_bytes(newer, NAME)


@pytest.mark.parametrize("length", [0, 1, 100, 500])
def test_a_manifest_cut_short_is_refused_by_name(length):
    with pytest.raises(DocumentError, match=f"{NAME} is damaged"):
        Manifest.from_bytes(GOLDEN.read_bytes()[:length], NAME)


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe", b"null", b"[]", b'"text"', b"{}", b'{"version": "1"}', b"[" * 200_000],
    ids=["not UTF-8", "null", "list", "text", "no version", "version is text", "nested too deep"],
)
def test_what_is_no_manifest_is_refused_by_name(data):
    with pytest.raises(DocumentError, match=f"{NAME} is damaged"):
        Manifest.from_bytes(data, NAME)


@pytest.mark.parametrize("field", sorted(set(json.loads(GOLDEN.read_bytes())) - {"version"}))
def test_a_missing_field_is_refused_by_name(field):
    document = json.loads(GOLDEN.read_bytes())
    del document[field]
    with pytest.raises(DocumentError, match=f"{NAME} is damaged"):
        Manifest.from_bytes(json.dumps(document).encode(), NAME)


PATHS = [
    (field, *inner)
    for field, value in json.loads(GOLDEN.read_bytes()).items()
    if field != "version"
    for inner in ([(), *((key,) for key in value)] if isinstance(value, dict) else [()])
]


@pytest.mark.parametrize("path", PATHS, ids=".".join)
@pytest.mark.parametrize("wrong", [None, 7.5, True, [1], {"a": 1}, "2026"], ids=repr)
def test_a_field_of_another_type_is_refused_by_name(path, wrong):
    document = json.loads(GOLDEN.read_bytes())
    *above, last = path
    place = document[above[0]] if above else document
    if type(place[last]) is type(wrong):
        wrong = 7 if isinstance(wrong, str) else {"a": [1]}
    place[last] = wrong
    with pytest.raises(DocumentError, match=f"{NAME} is damaged"):
        Manifest.from_bytes(json.dumps(document).encode(), NAME)


def test_an_id_that_belongs_to_another_backup_is_refused():
    with pytest.raises(
        DocumentError, match="its id 'other-20261122T020000Z' is not scims-db-20261122T020000Z"
    ):
        Manifest.from_bytes(changed(id="other-20261122T020000Z"), NAME)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(DocumentError, match="is damaged"):
        Manifest.from_bytes(changed(started="2026-11-22T02:00:00"), NAME)


@pytest.mark.parametrize(
    ("seconds", "back"), [(-86400, True), (-1, True), (0, False), (0.5, False), (86400, False)]
)
def test_a_clock_went_back_if_a_run_starts_before_the_newest_snapshot(seconds, back):
    newest = datetime(2026, 11, 22, 2, tzinfo=UTC)
    assert clock_went_back(newest + timedelta(seconds=seconds), newest) is back


def changed(**fields):
    return json.dumps({**json.loads(GOLDEN.read_bytes()), **fields}).encode()
