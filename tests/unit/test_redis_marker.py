"""Markers of a restore's database numbers: who is believed."""

import json

import pytest

from scims_backup.engines.redis.rules.marker import FUNCTIONS, Marker, seal_key, unsealed

KEY = seal_key("the administrator's password")
MARKER = Marker(14, 0, "cache:6379_restored_20261122t020000z", "0123abcd", (0, 1))


def test_a_marker_is_read_back():
    assert unsealed(MARKER.sealed(KEY), 14, KEY) == MARKER


def forged(**facts):
    """Change what a marker says, and keep its seal."""
    seal, _, text = MARKER.sealed(KEY).partition(b" ")
    return seal + b" " + json.dumps({**json.loads(text), **facts}, sort_keys=True).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{}",
        b"x" * 64 + b" {}",
        MARKER.sealed(seal_key("")),
        MARKER.sealed(seal_key("another")),
        forged(number=14, name="x_restoring_0123abcd"),
        forged(token="ffffffff"),
        forged(attached={FUNCTIONS: "0" * 64}),
        MARKER.sealed(KEY)[:-1],
        MARKER.sealed(KEY) + b" ",
    ],
)
def test_what_was_sealed_by_another_password_or_was_changed_is_no_marker(data):
    assert unsealed(data, 14, KEY) is None


@pytest.mark.parametrize("number", [0, 13, 15])
def test_a_marker_holds_only_in_the_number_that_it_names(number):
    assert unsealed(MARKER.sealed(KEY), number, KEY) is None


def test_the_seal_shows_nothing_of_the_password():
    sealed = MARKER.sealed(KEY)
    assert b"password" not in sealed
    assert KEY.hex().encode() not in sealed


def test_what_lies_beside_a_marker_is_checked():
    marker = MARKER.attaching(FUNCTIONS, b"functions")
    assert unsealed(marker.sealed(KEY), 14, KEY) == marker
    assert marker.is_attached(FUNCTIONS, b"functions")
    assert not marker.is_attached(FUNCTIONS, b"others")
    assert not marker.is_attached(FUNCTIONS, None)
    assert not MARKER.is_attached(FUNCTIONS, b"functions")
