"""LZF: what is packed is unpacked, and what cannot be is damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.engines.redis.rdb.lzf import decompressed
from scims_backup.engines.redis.rdb.rdb_error import RdbError
from tests.support.rdb_writer import lzf


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=3), st.integers(1, 600)), max_size=5))
def test_what_was_packed_is_unpacked(parts):
    data = b"".join(part * times for part, times in parts)

    assert decompressed(lzf(data), len(data)) == data


@pytest.mark.parametrize(
    ("packed", "plain"),
    [
        (b"\x00a\x20\x00", b"aaaa"),
        (b"\x02abc\x20\x02", b"abcabc"),
        (b"\x02abc\xe0\x00\x02", b"abcabcabcabc"),
        (b"\x00a\xe0\xff\x00", b"a" * 265),
        (b"\x00a\x00b\x40\x01\x02xyz", b"ababab" + b"xyz"),
        (b"", b""),
    ],
)
def test_references_may_reach_into_what_they_write(packed, plain):
    assert decompressed(packed, len(plain)) == plain


def test_a_reference_may_reach_8192_bytes_back():
    far = b"".join(b"\x1f" + bytes([number % 251]) * 32 for number in range(256))
    packed = far + b"\x3f\xff"

    assert decompressed(packed, 8195) == decompressed(far, 8192) + bytes(3)


@pytest.mark.parametrize(
    "packed",
    [b"\x00", b"\x05abc", b"\x20", b"\xe0", b"\xe0\x01", b"\x20\x00", b"\x00a\x20\x01"],
    ids=lambda packed: packed.hex(),
)
def test_what_reaches_outside_is_damage(packed):
    for length in range(12):
        with pytest.raises(RdbError, match="compressed string"):
            decompressed(packed, length)


def test_another_length_is_damage():
    with pytest.raises(RdbError, match="compressed string"):
        decompressed(b"\x01ab", 3)
