"""The proof's document: read back as written, refused by name when damaged or newer."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.domain.errors import DocumentError, UnknownEngineError
from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.rules.proof import Proof, Rows, SequenceRange, Server, Unheld

GOLDEN = Path(__file__).parents[1] / "golden"
NAME = "proofs/scims-db/20261122T020000Z.json.zst"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ROWS = st.builds(Rows, rows=st.integers(0, 1 << 62), digest=st.none() | TEXT)
BIGINTS = st.integers(-(1 << 63), 1 << 63)
FACETS = st.dictionaries(TEXT, TEXT | BIGINTS | st.booleans() | st.none() | st.lists(TEXT), max_size=3)
PROOFS = st.builds(
    Proof,
    level=st.sampled_from(Level),
    server=st.builds(
        Server,
        version=TEXT,
        version_num=st.integers(140000, 190000),
        database=TEXT,
        encoding=TEXT,
        bootstrap_role=TEXT,
        facts=st.dictionaries(TEXT, TEXT, max_size=2),
    ),
    tables=st.dictionaries(TEXT, ROWS, max_size=3),
    sequences=st.dictionaries(TEXT, st.builds(SequenceRange, BIGINTS, BIGINTS), max_size=3),
    large_objects=ROWS,
    schema=st.dictionaries(TEXT, st.dictionaries(TEXT, FACETS, max_size=2), max_size=2),
    reported=st.dictionaries(TEXT, ROWS, max_size=2),
    unjudged=st.dictionaries(TEXT, TEXT, max_size=2),
    members=st.none() | st.dictionaries(TEXT, st.dictionaries(TEXT, FACETS, max_size=2), max_size=2),
    unheld=st.lists(st.builds(Unheld, TEXT, TEXT, TEXT, st.booleans()), max_size=2).map(tuple),
)


@given(PROOFS)
def test_a_proof_is_read_back_as_it_was_written(proof):
    assert Proof.from_bytes(proof.to_bytes(), NAME) == proof


@given(st.dictionaries(TEXT, ROWS, min_size=2, max_size=4))
def test_the_bytes_do_not_depend_on_the_order_in_which_tables_were_proven(tables):
    backwards = dict(reversed(tables.items()))
    assert proof(tables=tables).to_bytes() == proof(tables=backwards).to_bytes()


def test_a_newer_version_is_refused_by_name():
    document = {**json.loads(proof().to_bytes()), "version": 2}
    with pytest.raises(DocumentError, match=f"{NAME} has version 2"):
        Proof.from_bytes(json.dumps(document).encode(), NAME)


@pytest.mark.parametrize("file", ["proof-v1.json", "proof-v1-with-engine.json"])
def test_each_golden_proof_is_read_and_written_with_its_engine(file):
    read = Proof.from_bytes((GOLDEN / file).read_bytes(), NAME)
    assert read.large_objects == Rows(0, "0c")
    assert read.to_bytes() == (GOLDEN / "proof-v1-with-engine.json").read_bytes()


@pytest.mark.parametrize(
    "other",
    [
        {"engine": "mongodb"},
        {"engine": "mongodb", "format": "archive", "version": 2},
        {"format": "directory"},
    ],
    ids=str,
)
def test_a_proof_of_another_engine_or_format_is_refused_and_not_called_damaged(other):
    document = {**json.loads(proof().to_bytes()), **other}
    with pytest.raises(UnknownEngineError, match="which this version does not have") as caught:
        Proof.from_bytes(json.dumps(document).encode(), NAME)
    assert "damaged" not in str(caught.value)


def test_a_missing_part_is_refused_by_name():
    for field in set(json.loads(proof().to_bytes())) - {"version", "engine", "format"}:
        document = json.loads(proof().to_bytes())
        del document[field]
        with pytest.raises(DocumentError, match=f"{NAME} is damaged: {field} is missing"):
            Proof.from_bytes(json.dumps(document).encode(), NAME)


@pytest.mark.parametrize("data", [b"", b"\x28\xb5\x2f\xfd", b"[]", b'{"version": 1, "level": "half"}'])
def test_what_is_no_proof_is_refused_by_name(data):
    with pytest.raises(DocumentError, match=f"{NAME} is damaged"):
        Proof.from_bytes(data, NAME)


@pytest.mark.parametrize(("number", "major"), [(140023, 14), (150019, 15), (180006, 18)])
def test_a_server_knows_its_major_version(number, major):
    assert Server("", number, "scims", "UTF8", "postgres").major == major


def proof(**parts):
    server = Server("15.19", 150019, "scims", "UTF8", "postgres", {"locale": "C.UTF-8"})
    return Proof(
        **{
            "level": Level.FULL,
            "server": server,
            "tables": {"public.items": Rows(3, "0a")},
            "sequences": {"public.items_id_seq": SequenceRange(3, 5)},
            "large_objects": Rows(0, "00"),
            "schema": {"table": {"public.items": {"owner": "scims", "grants": ["a", "b"]}}},
            **parts,
        }
    )
