"""Bytes of any encoding as texts that every document takes, and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.engines.postgresql.connect.bytes_as_text import bytes_of, raw, text_of


@given(st.binary())
def test_all_bytes_come_back(data):
    text = text_of(data)
    assert bytes_of(text) == data
    assert json.loads(json.dumps(text, ensure_ascii=False).encode()) == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Co"])))
def test_texts_are_read_as_they_are(text):
    assert text_of(text.encode()) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"Stra\xdfe", "Stra\uefdfe"), ("Straße".encode(), "Straße"), (b"\xff\x80", "\uefff\uef80")],
)
def test_only_what_is_no_utf_8_becomes_characters_of_private_use(data, text):
    assert text_of(data) == text


@pytest.mark.parametrize("character", ["\uef80", "\uefbf", "\uefc0", "\uefff"])
def test_a_character_that_would_be_taken_for_a_byte_is_read_as_its_bytes(character):
    data = f"a{character}b".encode()
    assert text_of(data) != data.decode()
    assert raw(text_of(data).encode()) == data
