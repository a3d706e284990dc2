"""Expiries are shifted and shifted back, and none is taken for another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.engines.redis.rdb.shifting import BORDER_MS, SHIFT_MS, is_ambiguous, shift, unshift

IN_A_CENTURY_MS = 1_795_000_000_000 + 100 * 366 * 86_400_000
LAST = (1 << 63) - 1
PROVABLE = st.one_of(
    st.integers(0, BORDER_MS - 1),
    st.integers(BORDER_MS + SHIFT_MS, LAST),
    st.sampled_from([0, 1, BORDER_MS - 1, BORDER_MS + SHIFT_MS, (1 << 53) - 1, 1 << 53, LAST]),
)


@given(PROVABLE)
def test_what_is_shifted_is_shifted_back(expiry):
    assert unshift(shift(expiry)) == expiry


@given(PROVABLE)
def test_what_is_shifted_expires_no_sooner_than_in_a_century(expiry):
    assert IN_A_CENTURY_MS < shift(expiry) <= LAST


@given(PROVABLE, PROVABLE)
def test_two_expiries_stay_two(one, other):
    assert (shift(one) == shift(other)) == (one == other)


@given(st.integers(0, BORDER_MS - 1))
def test_what_is_shifted_is_exact_in_lua(expiry):
    assert int(float(shift(expiry))) == shift(expiry)


@given(st.integers(0, (1 << 46) - 1))
def test_every_expiry_that_a_command_may_give_a_field_is_loaded_when_shifted(expiry):
    assert shift(expiry) < 1 << 48


@pytest.mark.parametrize("expiry", [BORDER_MS, BORDER_MS + SHIFT_MS - 1])
def test_an_expiry_that_a_shifted_one_could_be_stays_and_is_ambiguous(expiry):
    assert shift(expiry) == expiry
    assert is_ambiguous(expiry)


@pytest.mark.parametrize("expiry", [0, BORDER_MS - 1, BORDER_MS + SHIFT_MS])
def test_no_other_expiry_is_ambiguous(expiry):
    assert not is_ambiguous(expiry)
