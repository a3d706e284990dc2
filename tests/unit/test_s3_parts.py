"""The sizes of an upload's parts keep to S3's limits, and hold the largest archive."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.adapters.vaults.s3.parts import FIRST, LARGEST, MOST_PARTS, SMALLEST, part_bytes
from scims_backup.domain.errors import VaultError

NUMBERS = st.integers(1, MOST_PARTS)


def test_an_archive_of_5_tib_fits():
    assert sum(map(part_bytes, range(1, MOST_PARTS + 1))) > 5 << 40


@given(NUMBERS)
def test_every_part_keeps_to_the_limits(number):
    assert 5 << 20 == SMALLEST <= part_bytes(number) <= LARGEST == 5 << 30


@given(st.integers(1, MOST_PARTS - 1))
def test_no_part_is_smaller_than_the_one_before(number):
    assert part_bytes(number) <= part_bytes(number + 1)


@pytest.mark.parametrize(
    ("archive", "most"), [(1 << 30, 17 << 20), (100 << 30, 72 << 20), (1 << 40, 0.6 * (1 << 30))]
)
def test_a_part_takes_as_much_memory_as_the_archive_deserves(archive, most):
    numbers = range(1, MOST_PARTS + 1)
    filled = itertools.accumulate(map(part_bytes, numbers))
    last = next(number for number, total in zip(numbers, filled, strict=True) if total >= archive)
    assert FIRST <= part_bytes(last) <= most


def test_more_parts_than_s3_allows_are_refused_by_name():
    with pytest.raises(VaultError, match=r"10000 parts.*5\.5 TiB"):
        part_bytes(MOST_PARTS + 1)
